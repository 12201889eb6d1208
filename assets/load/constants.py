# The configuration: names and values as in config.json, in capitals.
LAYERS = 3  # blocks
D_MODEL = 128  # d: width of the stream that blocks read and write
HEADS = 4  # of attention  #if task=language
CONTEXT = 128  # positions it looks back at most  #if task=language
VOCABULARY = 69  # V: characters, in the file's metadata in the order of their ids  #if task=language
DIMS = 2  # of a point  #if task=clusters
CLASSES = 3  # C: their names are in the file's metadata  #if task=clusters
RESIDUAL = True  # blocks add to what they are given
NORM = "layernorm"  #if residual
ATTENTION_BIAS = True  #if task=language
TIED_HEAD = False  # logits by the matrix that embeds  #if task=language
EXPERT = "swiglu"  # activation of feed-forwards
D_FF = 128  # f: their hidden width, each expert's too
EXPERT_BIAS = True  # in feed-forwards, experts or not
MOE_EVERY = 1  # the last of each so many blocks is a mixture  #if mixed
EXPERTS = 8  # N in each mixture  #if moe
TOP_K = 2  # k: experts a position  #if chooses_k
TOP_K = 2  # so many are told of  #if gate=soft
GATE = "softmax-renormalised"  #if moe
SHARED_EXPERTS = 1  # all positions go through them: one feed-forward of this many times f  #if shared_experts
SHARED_ROUTER = False  # one for all blocks  #if shared_router
ROUTER_BIAS = False  #if moe and not gate=soft
ROUTE_SCALE = 1.0  #if gate=sigmoid
ROUTE_GROUPS = 1  # experts are in so many groups of neighbours  #if groups
ROUTE_GROUPS_KEPT = 1  # of which a position chooses from the best  #if groups
SLOTS = 16  # p: mixtures that each expert computes for a sequence  #if gate=soft
CAPACITY_FACTOR = 1.25  # mean experts a position  #if gate=expert-choice and not eval_capacity_factor
EVAL_CAPACITY_FACTOR = 1.0  # mean experts a position  #if gate=expert-choice and eval_capacity_factor
OVERFLOW = "drop-late"  # which choices are dropped where an expert is full  #if drops
EVAL_CAPACITY_FACTOR = 1.0  # room of an expert, in fair shares k T / N  #if drops

WEIGHTS = pathlib.Path(__file__).resolve().with_name("model.safetensors")
