# The icon's drawing as PNG of several sizes, for menus, and as bytes in FILE, a C++ source, for the window.
#
#   cmake -DICON=FILE.svg -DTO=DIR -DSIZES=16,32 -DEMBED=16,32 -DFILE=FILE -P icons.cmake
string(REPLACE "," ";" SIZES "${SIZES}")
string(REPLACE "," ";" EMBED "${EMBED}")
file(MAKE_DIRECTORY ${TO})
foreach(size IN LISTS SIZES)
  execute_process(COMMAND rsvg-convert --width ${size} --height ${size} --output ${TO}/${size}.png ${ICON} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
set(arrays "")
set(rows "")
foreach(size IN LISTS EMBED)
  file(READ ${TO}/${size}.png bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char k${size}[] = {${bytes}};\n")
  string(APPEND rows "k${size}, ")
endforeach()
file(WRITE ${FILE} "#include \"app/window/system/icon.h\"\n\nnamespace switchyard::app {\nnamespace {\n\n${arrays}\n}  // namespace\n\nstd::span<const std::span<const unsigned char>> icon_files() {\n  static constexpr std::span<const unsigned char> files[] = {${rows}};\n  return files;\n}\n\n}  // namespace switchyard::app\n")
