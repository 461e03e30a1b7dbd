# SPDX-License-Identifier: MIT
# For `cpack --config`: a tree that package_deb.sh has staged becomes a Debian package. That script gives the version, the
# architecture and the tree.
set(CPACK_PACKAGE_NAME covenv)
set(CPACK_PACKAGE_VENDOR covenv)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "keeps the coverage of subprocesses that a test suite kills")
set(CPACK_PACKAGE_DESCRIPTION "A test suite starts a program with an environment of its own, and kills the
program: its coverage is lost. covenv preloads a library into the test runner
and the programs below it, by which that coverage is kept, while the suite
stays as it is.
.
It works for Python (coverage.py), C, C++, Rust, Go, Node, JVMs (JaCoCo),
Ruby (SimpleCov) and Perl (Devel::Cover). The package holds the programs
covenv and sigforward, the library, and the plugin of \"pytest --covenv\" for
the system's Python.")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_PACKAGE_FILE_NAME covenv)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The covenv authors <covenv@localhost>")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# The programs are static, and the library needs no other. So no libc is named.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3-coverage, python3-pytest")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${CMAKE_CURRENT_LIST_DIR}/postinst;${CMAKE_CURRENT_LIST_DIR}/prerm;${CMAKE_CURRENT_LIST_DIR}/triggers")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
