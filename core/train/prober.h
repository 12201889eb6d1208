// Looks at a model through a fixed set of validation tokens and reports what it sees as a Snapshot.
// Thread safety: the trainer's thread.
#pragma once

#include <memory>
#include <vector>

#include "core/base/records.h"
#include "core/data/corpus.h"
#include "core/measure/pca.h"
#include "core/model/transformer.h"

namespace switchyard {

// What one MoE layer did with the tokens it was shown; `pca` remembers that layer's axes from look to look.
ProbeLayer layer_view(const MoeTrace& seen, StablePca& pca);

class Prober {
 public:
  // About kTokens tokens, as whole sequences of the context's length, at least one: five at the default
  // context, one for each domain of the built-in stories.
  static constexpr std::int64_t kTokens = 640;
  Prober(const Corpus& corpus, std::int64_t context);

  // Everything but revision, generation and step is filled in.
  Snapshot look(const Transformer& model, const PassContext& context);

 private:
  std::shared_ptr<const ProbeTokens> tokens_;
  at::Tensor ids_;               // [sequences, length]
  std::vector<StablePca> pca_;   // one a layer
};

}  // namespace switchyard
