#include "app/window/system/icon.h"

#include <GLFW/glfw3.h>
#include <png.h>

#include <vector>

namespace switchyard::app {

void set_icon(GLFWwindow* window) {
  std::vector<std::vector<unsigned char>> pixels;
  std::vector<GLFWimage> images;
  for (const std::span<const unsigned char> file : icon_files()) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, file.data(), file.size())) continue;
    image.format = PNG_FORMAT_RGBA;
    std::vector<unsigned char>& read = pixels.emplace_back(PNG_IMAGE_SIZE(image));
    if (png_image_finish_read(&image, nullptr, read.data(), 0, nullptr))
      images.push_back({static_cast<int>(image.width), static_cast<int>(image.height), read.data()});
    png_image_free(&image);
  }
  if (!images.empty()) glfwSetWindowIcon(window, static_cast<int>(images.size()), images.data());
}

}  // namespace switchyard::app
