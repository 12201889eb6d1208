// What nearly every file of the window includes, compiled once for all of them. A convenience of the build: each file
// still includes what it uses.
#pragma once

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/records.h"
#include "core/config/knobs.h"
