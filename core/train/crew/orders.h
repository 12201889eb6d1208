// What rank 0 has the others do: each an operation of Trainer that all ranks make together, told by one message.
// Thread safety: values.
#pragma once

#include <cstdint>

namespace switchyard {

enum class Order : std::int64_t {
  leave,        // exit code
  create,       // configuration
  create_from,  // state
  drop,         // the trainer
  apply,        // configuration, revision
  operate,      // line, donor, revision
  reset,
  advance,
  validate,
  load_weights,
  restore,  // state
  // Only where experts are shared out, since rank 0 has all it needs otherwise.
  probe,    // watch
  inspect,  // layer, token
  inspect_more,
  try_out,  // intervention, wish
  weights,
  save,
  route,             // text, with router inputs
  start_generation,  // prompt, temperature, top_k, seed
  generate_token,
};

}  // namespace switchyard
