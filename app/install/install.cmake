# What is installed, below any prefix, and the Debian package (cpack -G DEB). See README.md here.
#
#   bin/switchyard, lib/switchyard/VERSION/libswitchyard_engine.so (found from the program, core/train/interface/engine_loader.h)
#   share/applications, icons/hicolor, metainfo, man/man1, completion for bash, zsh and fish, doc/switchyard
#   share/switchyard/switchyard_log.py, to be copied beside a training loop in PyTorch, and switchyard_convert.py
#
# What is made for it here is made by the target install_files, part of "all". Nothing else is looked for at run time but
# fonts, by fontconfig.
set(SWITCHYARD_MAINTAINER "Switchyard maintainers <maintainers@switchyard.invalid>" CACHE STRING "Of the Debian package: NAME <ADDRESS>")
set(SWITCHYARD_PICTURES_URL "" CACHE STRING "Where assets/ lies on the web; with it the AppStream metadata has screenshots")
set(made ${CMAKE_CURRENT_BINARY_DIR}/install)
set(desktop ${PROJECT_SOURCE_DIR}/assets/desktop)
set(icon ${PROJECT_SOURCE_DIR}/assets/icon/switchyard.svg)
file(MAKE_DIRECTORY ${made})
set(files "")

# --- of the command line's tables
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT ${made}/completion.${shell} DEPENDS switchyard
    COMMAND switchyard --completion ${shell} > ${made}/completion.${shell})
  list(APPEND files ${made}/completion.${shell})
endforeach()
add_custom_command(OUTPUT ${made}/switchyard.1.gz DEPENDS switchyard
  COMMAND switchyard --man > ${made}/switchyard.1 COMMAND gzip -9nkf ${made}/switchyard.1)
list(APPEND files ${made}/switchyard.1.gz)
install(FILES ${made}/completion.bash DESTINATION share/bash-completion/completions RENAME switchyard)
install(FILES ${made}/completion.fish DESTINATION share/fish/vendor_completions.d RENAME switchyard.fish)
install(FILES ${made}/switchyard.1.gz DESTINATION share/man/man1)

# --- of the list of changes
add_custom_command(OUTPUT ${made}/changelog.Debian.gz ${made}/invalid.switchyard.switchyard.metainfo.xml ${made}/changelog.gz
  DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${desktop}/switchyard.metainfo.xml.in ${CMAKE_CURRENT_LIST_DIR}/releases.cmake
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DMETAINFO_IN=${desktop}/switchyard.metainfo.xml.in
          -DMETAINFO=${made}/invalid.switchyard.switchyard.metainfo.xml -DCHANGELOG=${made}/changelog.Debian
          "-DMAINTAINER=${SWITCHYARD_MAINTAINER}" -DPICTURES=${SWITCHYARD_PICTURES_URL} -P ${CMAKE_CURRENT_LIST_DIR}/releases.cmake
  COMMAND gzip -9nkf ${made}/changelog.Debian
  COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md > ${made}/changelog.gz
  VERBATIM)
list(APPEND files ${made}/changelog.Debian.gz ${made}/changelog.gz)
install(FILES ${made}/changelog.gz DESTINATION share/doc/switchyard)

install(TARGETS switchyard RUNTIME DESTINATION bin)
install(FILES ${PROJECT_SOURCE_DIR}/assets/python/switchyard_log.py ${PROJECT_SOURCE_DIR}/assets/python/switchyard_convert.py DESTINATION share/switchyard)
# Where LibTorch comes from elsewhere it is found there.
set_target_properties(switchyard_engine PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS switchyard_engine LIBRARY DESTINATION lib/switchyard/${PROJECT_VERSION})

if(SWITCHYARD_APP)
  install(FILES ${made}/invalid.switchyard.switchyard.metainfo.xml DESTINATION share/metainfo)
  install(FILES ${desktop}/switchyard.desktop DESTINATION share/applications)
  install(FILES ${icon} DESTINATION share/icons/hicolor/scalable/apps)
  foreach(size IN LISTS SWITCHYARD_ICON_SIZES)
    install(FILES ${SWITCHYARD_ICONS}/${size}.png DESTINATION share/icons/hicolor/${size}x${size}/apps RENAME switchyard.png)
  endforeach()
endif()
add_custom_target(install_files ALL DEPENDS ${files})

# --- two places that Debian has of its own; "debian" is packed, and not installed otherwise
install(FILES ${made}/completion.zsh DESTINATION share/zsh/site-functions RENAME _switchyard COMPONENT elsewhere)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${desktop}/copyright DESTINATION share/doc/switchyard COMPONENT elsewhere)
install(FILES ${made}/completion.zsh DESTINATION share/zsh/vendor-completions RENAME _switchyard COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${desktop}/copyright ${made}/changelog.Debian.gz DESTINATION share/doc/switchyard COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME switchyard)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${SWITCHYARD_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "workbench in which mixture-of-experts models learn live")
set(CPACK_PACKAGE_DESCRIPTION "Switchyard opens a window in which a small mixture-of-experts model is
learning already. Every token is shown with the expert that handles it,
and every knob that is turned takes effect within one training step.
.
It trains on built-in stories, texts and points, records and reopens
runs, compares setups over several seeds, and does all of it without a
window too.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR})
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL Unspecified debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_NAME switchyard)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What no linker sees: a BLAS on OpenMP's pool of threads (openmp_blas_paths()), OpenGL without a graphics card, the faces
# of the window.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0-openmp")
if(SWITCHYARD_APP)
  string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", libgl1-mesa-dri, fonts-inter, fonts-jetbrains-mono, fonts-dejavu-core")
endif()
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
add_custom_target(deb COMMAND ${CMAKE_CPACK_COMMAND} -G DEB --config ${PROJECT_BINARY_DIR}/CPackConfig.cmake
  WORKING_DIRECTORY ${PROJECT_BINARY_DIR} DEPENDS switchyard switchyard_engine install_files COMMENT "The Debian package" VERBATIM)
