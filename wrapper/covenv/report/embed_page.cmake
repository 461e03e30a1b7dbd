# SPDX-License-Identifier: MIT
# cmake -D PAGE=folder -D OUTPUT=page.cc -P embed_page.cmake: one page of its three files, as two C++ strings: the
# report stands between them.
foreach(part html css js)
  file(READ "${PAGE}/page.${part}" ${part})
endforeach()
# A literal may have 65535 bytes at least, and MSVC's less; adjacent ones are one.
function(literal name text)
  string(LENGTH "${text}" length)
  set(pieces "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 piece)
    string(APPEND pieces "\n    R\"page(${piece})page\"")
    math(EXPR at "${at} + 8000")
  endwhile()
  set(${name} "${pieces}" PARENT_SCOPE)
endfunction()

string(REPLACE "@STYLE@" "${css}" html "${html}")
string(REPLACE "@SCRIPT@" "${js}" html "${html}")
string(FIND "${html}" "@REPORT@" at)
if(at EQUAL -1)
  message(FATAL_ERROR "page.html has no @REPORT@")
endif()
string(SUBSTRING "${html}" 0 ${at} before)
math(EXPR at "${at} + 8")
string(SUBSTRING "${html}" ${at} -1 after)
literal(before "${before}")
literal(after "${after}")
file(WRITE "${OUTPUT}" "// Made of page.html, page.css and page.js.
#include \"wrapper/covenv/report/page.h\"

namespace covenv::report {

const std::string_view kPageBeforeReport ={${before}};
const std::string_view kPageAfterReport ={${after}};

}  // namespace covenv::report
")
