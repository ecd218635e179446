"""What of Python, numpy and torch leaves no trace in the process that uses it, by its full name.

Runs in: the judge.

`traces` reads these tables. Each row says why its names are there. A name that stands nowhere is
not known to be harmless, and a submission that uses it gets a new worker for each check. To add a
name, make sure of all of these; those who cannot must leave it out:

    it keeps nothing that a later call could find: no cache of what it was given, no setting that
    `sandbox.settings` does not set back, no file, no thread, no hook
    it tells nothing of what was before: no address, no time, no memory that is not set
    no argument makes it call code by a name in a text, or read raw memory
"""

_NUMBERS = """
    abs absolute add all allclose amax amin any append apply_along_axis arccos arcsin arctan
    arctan2 argmax argmin argpartition argsort argwhere around array_equal array_split
    atleast_1d atleast_2d average bincount broadcast_arrays broadcast_to cbrt ceil clip
    column_stack concatenate convolve copy copysign copyto corrcoef cos cosh count_nonzero cov
    cross cumprod cumsum delete diag diagonal diff digitize divide divmod dot dstack einsum
    equal exp exp2 expand_dims expm1 fill_diagonal flatnonzero flip fliplr flipud float_power
    floor floor_divide fmax fmin gradient greater greater_equal histogram hstack hypot identity
    indices inner insert interp intersect1d isclose isfinite isin isinf isnan isscalar ix_ kron
    less less_equal lexsort log log10 log1p log2 logaddexp logical_and logical_not logical_or
    logical_xor matmul max maximum mean median meshgrid min minimum mod moveaxis multiply
    nan_to_num nanargmax nanargmin nanmax nanmean nanmin nansum ndenumerate ndim ndindex
    negative nonzero not_equal outer pad partition percentile polyfit polyval power prod ptp put
    put_along_axis quantile ravel ravel_multi_index reciprocal remainder repeat reshape roll
    rollaxis rot90 round searchsorted select setdiff1d shape sign sin sinh size sort split sqrt
    square squeeze stack std subtract sum swapaxes take take_along_axis tan tanh tensordot tile
    trace transpose tril tril_indices triu triu_indices true_divide trunc union1d
    unique unravel_index vdot vsplit vstack where add.accumulate add.at add.outer add.reduce
    divide.outer logical_and.reduce logical_or.reduce maximum.accumulate maximum.reduce
    minimum.accumulate minimum.reduce multiply.outer multiply.reduce subtract.at subtract.outer
    linalg.LinAlgError linalg.cholesky linalg.cond linalg.det linalg.eig linalg.eigh
    linalg.eigvals linalg.eigvalsh linalg.inv linalg.lstsq linalg.matrix_power
    linalg.matrix_rank linalg.norm linalg.pinv linalg.qr linalg.slogdet linalg.solve linalg.svd
    fft.fft fft.fft2 fft.ifft fft.ifft2 fft.irfft fft.irfft2 fft.rfft fft.rfft2
    lib.stride_tricks.sliding_window_view
"""
_MADE = """
    arange array asarray ascontiguousarray eye full full_like linspace ones ones_like tri zeros
    zeros_like frombuffer
"""
# A worker that serves several checks fills these, so that nobody reads what was there before.
_FILLED = "empty empty_like"
_NUMPY_TYPES = """
    bool_ complex128 float16 float32 float64 int16 int32 int64 int8 intp uint16 uint32 uint64
    uint8
"""
# `sandbox.settings` sets the global generators back before each check.
_DRAWN = """
    choice exponential normal permutation rand randint randn random random_sample seed shuffle
    standard_normal uniform
"""
_PYTHONS_DRAWN = """
    Random betavariate choice choices expovariate gauss normalvariate randint random randrange
    sample seed shuffle triangular uniform
"""
_MATH = """
    acos asin atan atan2 ceil comb copysign cos cosh degrees dist erf erfc exp expm1 fabs
    factorial floor fmod frexp fsum gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp
    lgamma log log10 log1p log2 modf perm pow prod radians sin sinh sqrt tan tanh trunc
"""
_TORCH = """
    Generator abs acos all allclose amax amin any arange argmax argmin argsort as_tensor asin
    atan atan2 bernoulli bincount block_diag bmm broadcast_to bucketize cat cdist ceil chunk
    clamp clip complex concat concatenate conj cos cosh count_nonzero cross cummax cummin
    cumprod cumsum device diag diagonal diff div dot dstack einsum eq equal erf exp expm1 eye
    flatten flip floor fmod from_numpy full full_like gather ge greater gt hstack hypot imag
    index_select is_tensor isclose isfinite isin isinf isnan le lerp less linspace log log10
    log1p log2 log_softmax logaddexp logical_and logical_not logical_or logical_xor logsumexp lt
    manual_seed masked_fill masked_select matmul max maximum mean median meshgrid min minimum mm
    movedim mul multinomial mv ne neg nonzero norm normal numel ones ones_like outer permute
    polar pow prod quantile rand rand_like randint randint_like randn randn_like randperm ravel
    real reciprocal relu repeat_interleave reshape roll round rsqrt scatter selu sigmoid sign
    sin sinh softmax sort split sqrt square squeeze stack std std_mean sub sum swapaxes t take
    tan tanh tensor tensordot tile topk trace transpose tril triu unbind unique unsqueeze var
    var_mean vstack where xlogy zeros zeros_like autograd.grad cuda.is_available linalg.cholesky
    linalg.det linalg.eigh linalg.inv linalg.matrix_norm linalg.norm linalg.qr linalg.solve
    linalg.svd linalg.vector_norm optim.Adadelta optim.Adagrad optim.Adam optim.AdamW
    optim.RMSprop optim.SGD
"""
_TORCH_TYPES = (
    "bfloat16 bool double float float16 float32 float64 half int int16 int32 int64 int8 long uint8"
)
_LAYERS = """
    AdaptiveAvgPool2d AvgPool2d BCELoss BCEWithLogitsLoss BatchNorm1d BatchNorm2d Conv1d Conv2d
    ConvTranspose1d ConvTranspose2d CrossEntropyLoss Dropout Dropout2d ELU Embedding Flatten
    GELU GroupNorm Identity KLDivLoss L1Loss LayerNorm LeakyReLU Linear LogSoftmax MSELoss
    MaxPool1d MaxPool2d Module ModuleDict ModuleList NLLLoss Parameter ParameterList ReLU ReLU6
    SELU Sequential SiLU Sigmoid SmoothL1Loss Softmax Softplus Tanh Unflatten Upsample ZeroPad2d
"""
_FUNCTIONAL = """
    adaptive_avg_pool2d avg_pool2d batch_norm binary_cross_entropy
    binary_cross_entropy_with_logits conv1d conv2d conv_transpose2d cosine_similarity
    cross_entropy dropout elu embedding fold gelu interpolate kl_div l1_loss layer_norm
    leaky_relu linear log_softmax logsigmoid max_pool1d max_pool2d mse_loss nll_loss normalize
    one_hot pad pairwise_distance relu selu sigmoid smooth_l1_loss softmax softplus tanh unfold
"""
_DRAWN_WEIGHTS = """
    constant_ eye_ kaiming_normal_ kaiming_uniform_ normal_ ones_ trunc_normal_ uniform_
    xavier_normal_ xavier_uniform_ zeros_
"""
_STANDARD = """
    collections.Counter collections.OrderedDict collections.defaultdict collections.deque
    copy.copy copy.deepcopy dataclasses.dataclass dataclasses.field functools.cache
    functools.lru_cache functools.partial functools.reduce functools.wraps itertools.accumulate
    itertools.chain
    itertools.chain.from_iterable itertools.combinations itertools.count itertools.cycle
    itertools.islice itertools.pairwise itertools.permutations itertools.product
    itertools.repeat itertools.zip_longest
"""
# Each of them changes what `sandbox.settings` sets back before the next check.
_SETTINGS = """
    numpy.set_printoptions numpy.seterr torch.set_default_dtype torch.set_grad_enabled
    warnings.filterwarnings warnings.simplefilter
"""


def _below(package: str, *tables: str) -> set[str]:
    return {f"{package}.{name}" for table in tables for name in table.split()}


CONTEXTS = {  # of `with`, which ends them however the block ends
    "numpy.errstate",
    "torch.enable_grad",
    "torch.no_grad",
    "torch.random.fork_rng",
    "torch.set_grad_enabled",
}
CLASSES = _below("torch.nn", _LAYERS)
FUNCTIONS = (
    CLASSES
    | CONTEXTS
    | set(_STANDARD.split())
    | set(_SETTINGS.split())
    | _below("math", _MATH)
    | _below("numpy", _NUMBERS, _MADE, _FILLED, _NUMPY_TYPES)
    | _below("numpy.random", _DRAWN, "RandomState default_rng")
    | _below("random", _PYTHONS_DRAWN)
    | _below("torch", _TORCH)
    | _below("torch.nn.functional", _FUNCTIONAL)
    | _below("torch.nn.init", _DRAWN_WEIGHTS)
    | {"torch.nn.Module.__init__"}
)
TYPES = _below("numpy", _NUMPY_TYPES) | _below("torch", _TORCH_TYPES)  # of the numbers in arrays
CONSTANTS = TYPES | {  # nothing can be stored in these
    *_below("math", "e inf nan pi tau"),
    *_below("numpy", "e inf nan newaxis pi"),
    *_below("torch", "inf nan pi"),
}
INDEXED = _below("numpy", "c_ r_ s_ mgrid ogrid")  # used as np.c_[a, b]
DECORATORS = {"dataclasses.dataclass", "functools.cache", "functools.lru_cache"}
INSTANCES = CLASSES | {  # for isinstance
    *_below("numpy", _NUMPY_TYPES, "floating integer ndarray number"),
    *_below("torch", "Tensor optim.Optimizer"),
}
# No worker that has other packages is shared.
PACKAGES = {"numpy", "torch"}
# In an annotation, any name of these modules may stand: it is not called, and nobody can reach it.
MODULES = {
    "collections",
    "collections.abc",
    "contextlib",
    "copy",
    "dataclasses",
    "functools",
    "itertools",
    "math",
    "numpy",
    "numpy.fft",
    "numpy.lib.stride_tricks",
    "numpy.linalg",
    "numpy.random",
    "numpy.typing",
    "random",
    "torch",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.optim",
    "torch.random",
    "typing",
    "warnings",
}

# How many arguments come before one that may be the type of the numbers. A text there could name a
# type whose numbers have bytes that are never set.
BEFORE_TYPE = {
    **dict.fromkeys(_below("numpy", "array asarray ascontiguousarray frombuffer"), 1),
    **dict.fromkeys(_below("numpy", "empty empty_like ones ones_like zeros zeros_like"), 1),
    **dict.fromkeys(_below("numpy", "identity indices"), 1),
    **dict.fromkeys(_below("numpy", "cumprod cumsum full full_like mean nanmean nansum"), 2),
    **dict.fromkeys(_below("numpy", "prod std sum var"), 2),
    **dict.fromkeys(_below("numpy", "add.reduce multiply.reduce logical_and.reduce"), 2),
    **dict.fromkeys(_below("numpy", "logical_or.reduce maximum.reduce minimum.reduce"), 2),
    **dict.fromkeys(_below("numpy", "add.accumulate maximum.accumulate minimum.accumulate"), 2),
    **dict.fromkeys(_below("numpy", "arange eye tri"), 3),
    **dict.fromkeys(_below("numpy", "linspace trace"), 3),
    "numpy.random.randint": 3,
}
METHODS_BEFORE_TYPE = {
    "astype": 0,
    **dict.fromkeys(("cumprod", "cumsum", "mean", "prod", "std", "sum", "var"), 1),
    **dict.fromkeys(("random", "standard_normal"), 1),
    **dict.fromkeys(("integers", "trace"), 3),
}

# Of arrays, tensors, layers, generators and Python's own values. What a method changes is its
# object, and no object outlives the check that made it.
_OF_VALUES = """
    abs abs_ absolute add add_ add_module addmm all allclose amax amin any append appendleft
    apply argmax argmin argsort as_integer_ratio astype backward bernoulli_ bfloat16 bias
    binomial bit_length bmm bool buffers cat ceil children choice chunk clamp clamp_ clamp_max
    clamp_min clear clip clone compress conj contiguous copy copy_ cos count cpu cummax cumprod
    cumsum data denominator detach detach_ device diag diagonal diff dim dims discard div div_
    dot double dtype endswith eq eval exp exp_ expand expand_as exponential extend fill fill_
    fill_diagonal_ find flat flatten flip float floor forward gather gauss ge get grad gt H half
    imag in_channels in_features index index_add_ index_select indices insert int integers
    is_floating_point is_leaf isalpha isdigit isfinite isinf isnan item items iter join
    kernel_size keys le lerp load_state_dict log log1p log2 log_ log_softmax logical_and
    logical_not logical_or logsumexp long lower lt manual_seed masked_fill masked_fill_
    masked_select matmul max mean median min mm mode modules most_common move_to_end mul mul_
    multinomial mv named_buffers named_children named_modules named_parameters nbytes ndim ne
    neg nelement nonzero norm normal normal_ num_features numel numerator numpy out_channels
    out_features padding param_groups parameters partition permutation permute permuted pop
    popitem popleft pow prod put quantile rand randint randn random randrange ravel real
    register_buffer register_parameter relu remove repeat repeat_interleave replace
    requires_grad requires_grad_ reset_parameters reshape retain_grad reverse roll rotate round
    rstrip running_mean running_var sample scatter scatter_ scatter_add_ searchsorted seed
    setdefault shape shuffle sigmoid sign sin size softmax sort split sqrt sqrt_ square squeeze
    standard_normal start startswith state state_dict std step stop stride strip sub sub_ sum
    swapaxes T t take tan tanh tile title to tolist topk total trace train training transpose
    tril triu type_as unbind unfold uniform uniform_ unique unsqueeze unsqueeze_ update upper
    values var view view_as weight zero_ zero_grad zfill
"""
ATTRIBUTES = frozenset(_OF_VALUES.split())
CALLED_ONLY = frozenset({*METHODS_BEFORE_TYPE, "format", "items", "keys", "view"})

_OF_PYTHON = """
    abs all any ArithmeticError AssertionError AttributeError bool callable classmethod complex
    dict divmod Ellipsis enumerate filter float FloatingPointError IndexError input int
    isinstance iter KeyError len list LookupError map max min next NotImplemented
    NotImplementedError object OverflowError pow print property range reversed round
    RuntimeWarning slice sorted staticmethod StopIteration sum super tuple TypeError UserWarning
    ValueError Warning ZeroDivisionError zip
"""
BUILTINS = frozenset(_OF_PYTHON.split())
# These say that memory is short, or may: only raised, so that nobody finds out how much was left.
RAISED_ONLY = frozenset({"Exception", "MemoryError", "OSError", "RuntimeError", "SystemExit"})
_ERRORS = """
    ArithmeticError AssertionError AttributeError FloatingPointError ImportError IndexError
    KeyError LookupError ModuleNotFoundError NotImplementedError OverflowError StopIteration
    TypeError ValueError ZeroDivisionError
"""
CAUGHT = frozenset(_ERRORS.split())
_SPECIAL = """
    abs add all bool call contains delitem div doc floordiv ge getitem gt iadd imul init isub
    iter itruediv le len lt matmul mod mul neg next pos post_init pow radd repr rfloordiv
    rmatmul rmul rpow rsub rtruediv setitem slots str sub truediv
"""
METHODS = frozenset(f"__{name}__" for name in _SPECIAL.split())
_OF_NUMPY = """
    a a_max a_min all append atol axes axis axis1 axis2 bins casting compute_uv constant_values
    copy count ddof decimals deg density divide dtype edgeitems end_values endpoint equal_nan
    fill_value full_matrices hermitian high indexing initial invalid k keepdims kind linewidth
    loc low M max min minlength mode N n nan ndmin neginf norm num offset optimize ord order out
    over p posinf precision prepend range rcond replace retstep return_counts return_index
    return_inverse rowvar rtol s scale seed shape shift side size sorter sparse subok suppress
    threshold under weights where window_shape writeable
"""
KEYWORDS = frozenset(_OF_NUMPY.split())
