# Writes FILE, a C++ source with the commit that SOURCE is at, where it is not so already: one file is compiled anew with
# a commit, and the program linked, nothing else. With "+" behind it where files differ from that commit.
#
#   cmake -DSOURCE=DIR -DFILE=FILE -P commit.cmake
set(commit "")
find_program(GIT git)
if(GIT)
  # A tarball may lie below another project's checkout; a tree may belong to somebody else than who builds.
  set(git ${GIT} --no-optional-locks -c safe.directory=${SOURCE} -C ${SOURCE})
  execute_process(COMMAND ${git} rev-parse --show-toplevel OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  file(REAL_PATH ${SOURCE} here)
  if(top STREQUAL here)
    execute_process(COMMAND ${git} describe --always --abbrev=12 --dirty=+ --exclude=* OUTPUT_VARIABLE commit
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
set(text "#include \"app/commit.h\"\n\nnamespace switchyard::app {\n\nstd::string_view commit() { return \"${commit}\"; }\n\n}  // namespace switchyard::app\n")
set(before "")
if(EXISTS ${FILE})
  file(READ ${FILE} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${FILE} "${text}")
endif()
