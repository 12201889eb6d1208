#include "core/runs/run_groups.h"

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "core/base/records.h"
#include "core/study/study_results.h"

namespace switchyard {
namespace {

bool is_seed(const RunColumn& column) { return column.key == "seed" || column.key == "weight_seed"; }

const RunCell& cell_at(const std::vector<RunCell>& row, std::optional<std::size_t> column) {
  static const RunCell nothing;
  return column ? row[*column] : nothing;
}

// Equal bytes: equal cells, one behind the other.
void put_key(std::string& key, const RunCell& cell) {
  const auto put = [&](const auto& number) { key.append(reinterpret_cast<const char*>(&number), sizeof number); };
  key += static_cast<char>('0' + cell.index());
  if (const bool* flag = std::get_if<bool>(&cell)) key += *flag ? '1' : '0';
  else if (const std::int64_t* whole = std::get_if<std::int64_t>(&cell)) put(*whole);
  else if (const double* real = std::get_if<double>(&cell)) put(*real + 0.0);  // -0 is 0
  else if (const std::string* text = std::get_if<std::string>(&cell)) put(text->size()), key += *text;
}

std::vector<RunCell> figures_of(const RunTable& table, const RunOrder& members,
                                const std::vector<std::size_t>& seeds, std::optional<std::size_t> val_loss) {
  std::vector<double> losses;
  std::set<std::string> different;
  for (const std::size_t row : members) {
    if (const double* loss = std::get_if<double>(&cell_at(table.rows[row], val_loss))) losses.push_back(*loss);
    std::string key;
    for (const std::size_t column : seeds) put_key(key, table.rows[row][column]);
    different.insert(std::move(key));
  }
  std::erase_if(losses, [](double loss) { return !std::isfinite(loss); });
  const Spread spread = spread_of(losses);
  const auto [least, most] = std::ranges::minmax_element(losses);
  const bool is_measured = !losses.empty();
  return {static_cast<std::int64_t>(members.size()),
          static_cast<std::int64_t>(different.size()),
          static_cast<std::int64_t>(spread.count),
          cell_of(spread.mean),
          cell_of(spread.deviation),
          is_measured ? RunCell(*least) : RunCell(),
          is_measured ? RunCell(*most) : RunCell()};
}

}  // namespace

RunGroups group_rows(const RunTable& table, const RunOrder& rows) {
  RunGroups groups;
  groups.table.columns = {{"runs", KnobType::integer},      {"seeds", KnobType::integer},
                          {"measured", KnobType::integer},  {"val_loss_mean", KnobType::real},
                          {"val_loss_std", KnobType::real}, {"val_loss_min", KnobType::real},
                          {"val_loss_max", KnobType::real}};
  std::vector<std::size_t> equal, seeds;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const RunColumn& here = table.columns[column];
    if (is_seed(here)) seeds.push_back(column);
    else if (here.is_of_setup) equal.push_back(column), groups.table.columns.push_back(here);
  }
  const auto edits = find_column(table, "edits");
  std::unordered_map<std::string, std::size_t> known;
  for (const std::size_t row : rows) {
    std::string key;
    const std::int64_t* const edited = std::get_if<std::int64_t>(&cell_at(table.rows[row], edits));
    bool is_alone = edited && *edited > 0;
    for (const std::size_t column : equal) {
      const RunCell& cell = table.rows[row][column];
      is_alone = is_alone || (table.columns[column].knob && is_null(cell));
      put_key(key, cell);
    }
    const auto [at, is_new] = known.try_emplace(std::move(key), groups.members.size());
    if (is_new || is_alone) {
      // Nobody is to find it: its key, where it is new, goes again.
      if (is_new && is_alone) known.erase(at);
      groups.members.push_back({row});
    } else {
      groups.members[at->second].push_back(row);
    }
  }
  const auto val_loss = find_column(table, "val_loss");
  for (const RunOrder& members : groups.members) {
    auto& cells = groups.table.rows.emplace_back(figures_of(table, members, seeds, val_loss));
    for (const std::size_t column : equal) cells.push_back(table.rows[members.front()][column]);
  }
  return groups;
}

}  // namespace switchyard
