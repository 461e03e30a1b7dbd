# SPDX-License-Identifier: MIT
# Manual pages and completions, from what the programs themselves say of their options.
set(share ${CMAKE_BINARY_DIR}/share)
set(bash ${share}/bash-completion/completions)
set(zsh ${share}/zsh/site-functions)
set(fish ${share}/fish/vendor_completions.d)
set(man ${share}/man/man1)
file(MAKE_DIRECTORY ${bash} ${zsh} ${fish} ${man})

set(help ${CMAKE_CURRENT_BINARY_DIR}/sigforward.help)
add_custom_command(OUTPUT ${help} COMMAND sigforward --help > ${help} DEPENDS sigforward VERBATIM)
add_custom_command(
  OUTPUT ${bash}/covenv ${zsh}/_covenv ${fish}/covenv.fish ${man}/covenv.1
         ${bash}/sigforward ${zsh}/_sigforward ${fish}/sigforward.fish ${man}/sigforward.1
  COMMAND covenv_cli completion bash > ${bash}/covenv
  COMMAND covenv_cli completion zsh > ${zsh}/_covenv
  COMMAND covenv_cli completion fish > ${fish}/covenv.fish
  COMMAND covenv_cli man --into ${man}
  COMMAND covenv_cli completion bash --help-text ${help} > ${bash}/sigforward
  COMMAND covenv_cli completion zsh --help-text ${help} > ${zsh}/_sigforward
  COMMAND covenv_cli completion fish --help-text ${help} > ${fish}/sigforward.fish
  COMMAND covenv_cli man --help-text ${help} --into ${man}
  DEPENDS covenv_cli ${help}
  VERBATIM)
add_custom_target(covenv_documentation ALL DEPENDS ${man}/covenv.1)
install(DIRECTORY ${share}/ DESTINATION ${CMAKE_INSTALL_DATADIR})
