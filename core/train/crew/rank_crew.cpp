#include "core/train/crew/rank_crew.h"

#include <fmt/format.h>
#include <unistd.h>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>

#include "core/base/version.h"
#include "core/train/crew/roll_call.h"
#include "core/train/means/guarded.h"

namespace switchyard {
namespace {

using StorePtr = c10::intrusive_ptr<c10d::Store>;

std::chrono::milliseconds in_ms(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1e3));
}

// One order may be a day behind the other: a person has paused. Who is gone is noticed all the same, and who is
// silent is named by the heartbeat.
constexpr std::chrono::hours kOrderTimeout{24 * 365};

std::string host_name() {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  return name;
}

StorePtr connect(const RankPlace& place, std::uint16_t port, bool serves, double timeout_s) {
  c10d::TCPStoreOptions options;
  options.port = port;
  options.isServer = serves;
  options.waitWorkers = false;
  options.timeout = in_ms(timeout_s);
  return c10::make_intrusive<c10d::TCPStore>(place.master_host, options);
}

StorePtr of_attempt(const StorePtr& store, const RankPlace& place) {
  return c10::make_intrusive<c10d::PrefixStore>(fmt::format("switchyard {}", place.attempt), store);
}

// What c10d says behind the first line is where in its source it was said.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Result<std::unique_ptr<RankCrew>> RankCrew::gather(const RankPlace& place, const RankTerms& terms) {
  std::unique_ptr<RankCrew> crew(new RankCrew);
  RankPlace at = place;
  const bool serves = place.rank == 0 && !place.store_is_launchers;
  try {
    const StorePtr store = connect(at, at.master_port, serves, terms.join_s);
    if (serves) {
      at.master_port = static_cast<std::uint16_t>(static_cast<c10d::TCPStore&>(*store).getPort());
      if (terms.on_listening && !terms.on_listening(at.master_port))
        return failure("the other ranks were not started");
    }
    crew->address_ = {of_attempt(store, at), at.size == at.local_size ? "127.0.0.1" : "", in_ms(terms.timeout_s)};
    const auto hellos =
        roll_call(*crew->address_.store,
                  {.rank = at.rank,
                   .size = at.size,
                   .address = fmt::format("{}:{}", at.master_host, at.master_port),
                   .join_s = terms.join_s},
                  {std::string(version()), host_name(), std::to_string(::getpid()), terms.config_json});
    if (!hellos) return hellos.error();
    std::vector<std::string> names;
    for (std::size_t r = 0; r < hellos->size(); ++r) names.push_back((*hellos)[r].name(r));
    // All are told of rank 0, who cannot tell of himself; of others he does.
    const auto told = [news = terms.on_news, leads = at.rank == 0](std::int64_t rank, const std::string& text) {
      if (news && (leads || rank == 0)) news(text);
    };
    const double patience_s = std::max(1.0, terms.silence_s);
    crew->heart_ = std::make_unique<Heartbeat>(
        [at, patience_s] { return of_attempt(connect(at, at.master_port, false, patience_s), at); }, at.rank,
        std::move(names), 0, terms.silence_s, told);
    crew->mesh_ = make_gloo_mesh(crew->address_, at.rank, at.size, at.local_size);
    GlooAddress orders = crew->address_;
    orders.timeout = kOrderTimeout;
    crew->orders_ = make_gloo_group(orders, "orders/", at.rank, at.size, crew->order_traffic_);
    crew->mesh_->all();
  } catch (const std::exception& error) {
    const std::string why = first_line(error.what());
    return usage_error(serves
                           ? fmt::format("rank 0 cannot listen at {}:{}: {}", at.master_host, at.master_port, why)
                           : fmt::format("rank {} of {} does not reach rank 0 at {}:{}: {}", at.rank, at.size,
                                         at.master_host, at.master_port, why));
  }
  return crew;
}

std::unique_ptr<RankCrew> RankCrew::of_store(const GlooAddress& address, std::int64_t rank, std::int64_t size) {
  std::unique_ptr<RankCrew> crew(new RankCrew);
  crew->address_ = address;
  crew->mesh_ = make_gloo_mesh(address, rank, size, size);
  crew->orders_ = make_gloo_group(address, "orders/", rank, size, crew->order_traffic_);
  return crew;
}

RankCrew::~RankCrew() = default;

Error RankCrew::lose(const Error& error) {
  const auto missing = heart_ ? heart_->missing(3) : std::nullopt;
  lost_ =
      Error{ErrorKind::lost,
            missing ? fmt::format("{} is gone; all ranks end with it, the run goes on from its last checkpoint",
                                  heart_->name(*missing))
                    : fmt::format("the ranks have lost each other: {}", first_line(error.message))};
  return *lost_;
}

Result<void> RankCrew::tell(Order order, Message& message) {
  Message whole;
  whole.put(static_cast<std::int64_t>(order));
  whole.append(message);
  return together([&]() -> Result<void> {
    return guarded([&]() -> Result<void> {
      whole.share(*orders_);
      return {};
    });
  });
}

Result<Order> RankCrew::wait_for_order(Message& message) {
  return together([&]() -> Result<Order> {
    return guarded([&]() -> Result<Order> {
      message.share(*orders_);
      return static_cast<Order>(message.number());
    });
  });
}

void RankCrew::leave(int code) {
  Message message;
  message.put(static_cast<std::int64_t>(code));
  if (!lost_) (void)tell(Order::leave, message);
}

}  // namespace switchyard
