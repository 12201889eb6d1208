// The terms of the window: what each figure is (the notes behind tooltips, metric_notes.h), and beside them the
// words that are no figure. Found with Ctrl+F.
//
// Thread safety: the table is immutable.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "app/panels/parts/metric_notes.h"

namespace switchyard::app {

struct Term {
  const MetricNote* note = nullptr;
  std::string_view also = {};  // other words it is looked for by
};

// By what they are about; no two have one name.
std::span<const Term> glossary();
// nullptr if there is none.
const Term* find_term(std::string_view name);
// Those with each word of the query in their name or other words (case never matters), whose name begins with it
// first.
std::vector<const Term*> terms_with(std::string_view query);

}  // namespace switchyard::app
