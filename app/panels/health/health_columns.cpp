#include "app/panels/health/health_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/base/format.h"

namespace switchyard::app {
namespace {

std::string plain(double value) { return std::isfinite(value) ? fmt::format("{:.2f}", value) : std::string("–"); }
std::string share(double value) { return std::isfinite(value) ? viz::percent(value) : std::string("–"); }
std::string norm(double value) {
  return std::isfinite(value) ? viz::fixed_significant(value, 2) : std::string("–");
}

HealthRange unit(const LayerHealth&) { return {0, 1}; }
HealthRange nowhere(const LayerHealth&) { return {}; }

const HealthColumn kColumns[] = {
    {.title = "violation",
     .note = &notes::max_violation,
     .text = plain,
     .value = &LayerHealth::max_violation,
     .scalar = LayerScalar::max_violation,
     .possible =
         [](const LayerHealth& h) {
           return HealthRange{0, std::isfinite(h.most_violation) ? std::min(2.0, h.most_violation) : 2};
         },
     .healthy =
         [](const LayerHealth&) {
           return HealthRange{0, 1};
         },
     .words = [](const LayerHealth&) { return std::string("below 1"); }},
    {.title = "effective",
     .note = &notes::effective_experts,
     .text = [](double value) { return std::isfinite(value) ? fmt::format("{:.1f}", value) : std::string("–"); },
     .value = &LayerHealth::effective,
     .from = CourseFrom::load,
     .possible =
         [](const LayerHealth& h) {
           return HealthRange{0, static_cast<double>(h.experts)};
         },
     .healthy =
         [](const LayerHealth& h) {
           return HealthRange{0.8 * static_cast<double>(h.experts), static_cast<double>(h.experts)};
         },
     .words = [](const LayerHealth& h) { return fmt::format("near {}", h.experts); }},
    {.title = "churn",
     .note = &notes::churn,
     .text = share,
     .value = &LayerHealth::churn,
     .from = CourseFrom::before,
     .possible = unit,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("falls to 0"); },
     .chance = &LayerHealth::churn_chance},
    {.title = "decisive",
     .note = &notes::decisiveness,
     .text = plain,
     .value = &LayerHealth::decisiveness,
     .scalar = LayerScalar::decisiveness,
     .possible =
         [](const LayerHealth& h) {
           return HealthRange{0, std::log(std::max(2.0, static_cast<double>(h.experts)))};
         },
     .healthy = nowhere,
     .words =
         [](const LayerHealth& h) {
           return fmt::format("to {:.2f}", std::log(std::max(2.0, static_cast<double>(h.experts))));
         }},
    {.title = "router grad",
     .note = &notes::router_gradient,
     .text = norm,
     .value = &LayerHealth::router_grad,
     .scalar = LayerScalar::router_grad_norm,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("above 0"); }},
    {.title = "expert grad",
     .note = &notes::expert_gradient,
     .text = norm,
     .value = &LayerHealth::expert_grad,
     .scalar = LayerScalar::expert_grad_norm,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("above 0"); }},
    {.title = "saturation",
     .note = &notes::saturation,
     .text = share,
     .value = &LayerHealth::saturation,
     .from = CourseFrom::now,
     .possible = unit,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("rises to 1"); },
     .chance = &LayerHealth::saturation_chance},
    {.title = "token H",
     .note = &notes::token_entropy,
     .text = plain,
     .value = &LayerHealth::token_entropy,
     .scalar = LayerScalar::token_entropy,
     .possible = unit,
     .healthy = nowhere,
     .words = [](const LayerHealth&) { return std::string("falls"); }},
    {.title = "dropped",
     .note = &notes::drops,
     .text = share,
     .value = &LayerHealth::dropped,
     .scalar = LayerScalar::assignment_drop_rate,
     .possible =
         [](const LayerHealth&) {
           return HealthRange{0, 0.5};
         },
     .healthy =
         [](const LayerHealth&) {
           return HealthRange{0, 0.05};
         },
     .words = [](const LayerHealth&) { return std::string("below 5 %"); }},
    {.title = "load H",
     .note = &notes::load_entropy,
     .text = plain,
     .value = &LayerHealth::load_entropy,
     .scalar = LayerScalar::load_entropy,
     .possible = unit,
     .healthy =
         [](const LayerHealth&) {
           return HealthRange{0.95, 1};
         },
     .words = [](const LayerHealth&) { return std::string("above 0.95"); }},
};

}  // namespace

std::span<const HealthColumn> health_columns() { return kColumns; }

bool is_well(const HealthColumn& column, const LayerHealth& health) {
  const HealthRange range = column.healthy(health);
  const double value = health.*column.value;
  return !std::isfinite(value) ||
         !((std::isfinite(range.low) && value < range.low) || (std::isfinite(range.high) && value > range.high));
}

}  // namespace switchyard::app
