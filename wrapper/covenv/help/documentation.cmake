# SPDX-License-Identifier: MIT
# Manual pages and completions, from the options that the programs parse.
set(share ${CMAKE_BINARY_DIR}/share)
set(bash ${share}/bash-completion/completions)
set(zsh ${share}/zsh/site-functions)
set(fish ${share}/fish/vendor_completions.d)
set(man ${share}/man/man1)
file(MAKE_DIRECTORY ${bash} ${zsh} ${fish} ${man})

add_custom_command(
  OUTPUT ${bash}/covenv ${zsh}/_covenv ${fish}/covenv.fish ${man}/covenv.1
         ${bash}/sigforward ${zsh}/_sigforward ${fish}/sigforward.fish ${man}/sigforward.1
  COMMAND covenv_cli completion bash > ${bash}/covenv
  COMMAND covenv_cli completion zsh > ${zsh}/_covenv
  COMMAND covenv_cli completion fish > ${fish}/covenv.fish
  COMMAND covenv_cli man --into ${man}
  COMMAND covenv_cli completion bash --sigforward > ${bash}/sigforward
  COMMAND covenv_cli completion zsh --sigforward > ${zsh}/_sigforward
  COMMAND covenv_cli completion fish --sigforward > ${fish}/sigforward.fish
  COMMAND covenv_cli man --sigforward --into ${man}
  DEPENDS covenv_cli
  VERBATIM)
add_custom_target(covenv_documentation ALL DEPENDS ${man}/covenv.1)
install(DIRECTORY ${share}/ DESTINATION ${CMAKE_INSTALL_DATADIR})
