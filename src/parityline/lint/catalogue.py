"""Which public callables draw at random, and how each is given its seed. Facts from the libraries' reference pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from parityline.syntax.names import each

Arguments = Mapping[str, object]
"""The arguments of a call whose value is a constant, by name; one that is given but not known is `UNTOLD`."""
UNTOLD: Final = object()
SEED, SPLIT = "seed-missing", "split-not-repeatable"


@dataclass(frozen=True, slots=True)
class Draw:
    """A callable that draws at random.

    seeds: the parameters that take a seed, the usual one first; place: of the first, where it may be given by place.
    family: whose global seed makes it repeatable. when: whether a call with these arguments draws at all.
    quiet: the release brings a fixed seed, so that runs differ between releases only.
    """

    code: str
    seeds: tuple[str, ...] = ("random_state",)
    family: str = ""
    place: int | None = None
    when: Callable[[Arguments], bool] | None = None
    quiet: bool = False


def _shuffled(given: Arguments) -> bool:
    return given.get("shuffle") is True


def _not_unshuffled(given: Arguments) -> bool:
    return given.get("shuffle", True) not in (False, UNTOLD)


def _any_of(name: str, *values: object) -> Callable[[Arguments], bool]:
    return lambda given: given.get(name) in values


def _sklearn(code: str, names: str, when: Callable[[Arguments], bool] | None = None) -> dict[str, Draw]:
    return {f"sklearn.{name}": Draw(code, family="numpy", when=when) for name in names.split()}


def _draws(root: str, names: str, draw: Draw) -> dict[str, Draw]:
    return {f"{root}.{name}": draw for name in names.split()}


_BOOSTED = Draw(SEED, ("random_state", "seed", "random_seed", "bagging_seed", "data_random_seed"), quiet=True)

BY_LAST_NAME: Final[dict[str, Draw]] = {
    **_sklearn(SPLIT, "train_test_split", _not_unshuffled),
    **_sklearn(SPLIT, "KFold StratifiedKFold StratifiedGroupKFold GroupKFold", _shuffled),
    **_sklearn(SPLIT, "ShuffleSplit StratifiedShuffleSplit GroupShuffleSplit RepeatedKFold RepeatedStratifiedKFold"),
    **_sklearn(
        SEED,
        "RandomForestClassifier RandomForestRegressor ExtraTreesClassifier ExtraTreesRegressor RandomTreesEmbedding "
        "ExtraTreeClassifier ExtraTreeRegressor DecisionTreeClassifier DecisionTreeRegressor IsolationForest "
        "GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier "
        "HistGradientBoostingRegressor BaggingClassifier BaggingRegressor AdaBoostClassifier AdaBoostRegressor "
        "MLPClassifier MLPRegressor BernoulliRBM SGDClassifier SGDRegressor SGDOneClassSVM Perceptron "
        "PassiveAggressiveClassifier PassiveAggressiveRegressor RANSACRegressor TheilSenRegressor KMeans "
        "MiniBatchKMeans BisectingKMeans SpectralClustering SpectralBiclustering SpectralCoclustering GaussianMixture "
        "BayesianGaussianMixture TSNE FastICA TruncatedSVD LatentDirichletAllocation DictionaryLearning "
        "MiniBatchDictionaryLearning SparsePCA MiniBatchSparsePCA RBFSampler SkewedChi2Sampler Nystroem "
        "PolynomialCountSketch GaussianRandomProjection SparseRandomProjection RandomizedSearchCV ParameterSampler "
        "HalvingRandomSearchCV HalvingGridSearchCV QuantileTransformer mutual_info_classif mutual_info_regression "
        "permutation_importance permutation_test_score resample shuffle k_means kmeans_plusplus randomized_svd fastica "
        "make_classification make_regression make_blobs make_moons make_circles make_friedman1 make_friedman2 "
        "make_friedman3 make_gaussian_quantiles make_hastie_10_2 make_low_rank_matrix make_multilabel_classification "
        "make_s_curve make_swiss_roll make_sparse_uncorrelated make_spd_matrix make_biclusters make_checkerboard",
    ),
    **_sklearn(SEED, "LogisticRegression LogisticRegressionCV", _any_of("solver", "sag", "saga", "liblinear")),
    **_sklearn(SEED, "Ridge RidgeClassifier", _any_of("solver", "sag", "saga")),
    **_sklearn(SEED, "Lasso ElasticNet LassoCV ElasticNetCV MultiTaskLasso", _any_of("selection", "random")),
    **_sklearn(SEED, "SVC NuSVC", _any_of("probability", True)),
    **_sklearn(SEED, "LinearSVC LinearSVR", _any_of("dual", True)),
    **_sklearn(SEED, "PCA", _any_of("svd_solver", "randomized", "arpack")),
    **_sklearn(SEED, "NMF MiniBatchNMF", _any_of("init", "random", "nndsvdar")),
    **_sklearn(
        SEED,
        "IterativeImputer",
        lambda given: given.get("imputation_order") == "random" or given.get("sample_posterior") is True,
    ),
    **_sklearn(SEED, "learning_curve", _shuffled),
    **_draws(
        "imblearn",
        "SMOTE SMOTENC SMOTEN SVMSMOTE BorderlineSMOTE KMeansSMOTE ADASYN RandomOverSampler RandomUnderSampler "
        "SMOTEENN SMOTETomek InstanceHardnessThreshold ClusterCentroids BalancedRandomForestClassifier "
        "BalancedBaggingClassifier EasyEnsembleClassifier RUSBoostClassifier",
        Draw(SEED, family="numpy"),
    ),
    **_draws("umap", "UMAP", Draw(SEED, family="numpy")),
    **_draws("lightgbm", "LGBMClassifier LGBMRegressor LGBMRanker LGBMModel", _BOOSTED),
    **_draws("xgboost", "XGBClassifier XGBRegressor XGBRanker XGBRFClassifier XGBRFRegressor", _BOOSTED),
    **_draws("catboost", "CatBoostClassifier CatBoostRegressor CatBoostRanker CatBoost", _BOOSTED),
    **_draws("optuna", "TPESampler RandomSampler CmaEsSampler NSGAIISampler QMCSampler", Draw(SEED, ("seed",))),
    **_draws("scipy", "bootstrap permutation_test monte_carlo_test", Draw(SEED, ("rng", "random_state"), "numpy")),
    **_draws("scipy", "Sobol Halton LatinHypercube PoissonDisk", Draw(SEED, ("rng", "seed"))),
    **_draws("scipy", "differential_evolution dual_annealing basinhopping", Draw(SEED, ("rng", "seed"), "numpy")),
    **_draws("hyperopt", "fmin", Draw(SEED, ("rstate",))),
    **_draws("torch", "random_split", Draw(SPLIT, ("generator",), "torch")),
    **_draws("torch", "DataLoader", Draw(SEED, ("generator", "sampler", "batch_sampler"), "torch", when=_shuffled)),
    **_draws("torch", "RandomSampler WeightedRandomSampler SubsetRandomSampler", Draw(SEED, ("generator",), "torch")),
    **_draws("datasets", "train_test_split", Draw(SPLIT, ("seed", "generator"), when=_not_unshuffled)),
    **_draws("category_encoders", "LeaveOneOutEncoder", Draw(SEED, family="numpy", when=lambda g: "sigma" in g)),
}
"""By the first and the last part of the full name: libraries offer one class at several places."""

_NUMPY_LEGACY = (
    "rand randn randint random_integers random_sample random ranf sample choice bytes shuffle permutation beta "
    "binomial chisquare dirichlet exponential f gamma geometric gumbel hypergeometric laplace logistic lognormal "
    "logseries multinomial multivariate_normal negative_binomial noncentral_chisquare noncentral_f normal pareto "
    "poisson power rayleigh standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular "
    "uniform vonmises wald weibull zipf"
)
_PYTHON = (
    "random uniform triangular randint randrange choice choices sample shuffle betavariate expovariate gammavariate "
    "gauss lognormvariate normalvariate vonmisesvariate paretovariate weibullvariate getrandbits randbytes "
    "binomialvariate"
)
_TORCH = "rand randn randint randperm normal bernoulli multinomial poisson rand_like randn_like randint_like"
_TENSORFLOW = "normal uniform shuffle truncated_normal gamma poisson categorical"

BY_NAME: Final[dict[str, Draw]] = {
    **_draws("numpy.random", _NUMPY_LEGACY, Draw(SEED, (), "numpy")),
    **_draws("numpy.random", "default_rng RandomState SeedSequence", Draw(SEED, ("seed", "entropy"), place=0)),
    **_draws("numpy.random", "PCG64 PCG64DXSM MT19937 Philox SFC64", Draw(SEED, ("seed",), place=0)),
    **_draws("random", _PYTHON, Draw(SEED, (), "random")),
    "random.Random": Draw(SEED, ("x",), place=0),
    **_draws("torch", _TORCH, Draw(SEED, ("generator",), "torch")),
    **_draws("tensorflow.random", _TENSORFLOW, Draw(SEED, ("seed",), "tensorflow")),
    **_draws("pyspark.sql.functions", "rand randn", Draw(SEED, ("seed",), place=0)),
    **_draws("pyspark.sql.functions", "shuffle uuid", Draw(SEED, ("seed",), place=1)),
}
"""By the full name."""

METHODS: Final[dict[tuple[str, str], Draw]] = {
    ("pandas", "sample"): Draw(SEED, family="numpy", place=4),
    ("polars", "sample"): Draw(SEED, ("seed",), "polars"),
    ("polars", "shuffle"): Draw(SEED, ("seed",), "polars", place=0),
    ("dask", "sample"): Draw(SEED),
    ("dask", "random_split"): Draw(SPLIT, place=1),
    ("spark", "sample"): Draw(SEED, ("seed",), place=2),
    ("spark", "sampleBy"): Draw(SEED, ("seed",), place=2),
    ("spark", "randomSplit"): Draw(SPLIT, ("seed",), place=1),
}
"""Methods of tables, by the library."""

GLOBAL_SEEDS: Final[dict[str, tuple[str, ...]]] = {
    "numpy.random.seed": ("numpy",),
    "numpy.random.set_state": ("numpy",),
    "random.seed": ("random",),
    "random.setstate": ("random",),
    "torch.manual_seed": ("torch",),
    "torch.random.manual_seed": ("torch",),
    "polars.set_random_seed": ("polars",),
    "tensorflow.random.set_seed": ("tensorflow",),
    "tensorflow.keras.utils.set_random_seed": ("tensorflow", "numpy", "random"),
    "keras.utils.set_random_seed": ("tensorflow", "numpy", "random", "torch"),
    **dict.fromkeys(
        (
            "lightning.seed_everything",
            "lightning.pytorch.seed_everything",
            "lightning.fabric.seed_everything",
            "pytorch_lightning.seed_everything",
            "pytorch_lightning.utilities.seed.seed_everything",
            "accelerate.utils.set_seed",
            "transformers.set_seed",
            "transformers.trainer_utils.set_seed",
        ),
        ("numpy", "random", "torch"),
    ),
}
"""What seeds whose global generator."""

ALL_FAMILIES: Final = ("numpy", "random", "torch", "tensorflow", "polars")
KNOWN_ROOTS: Final = frozenset(
    ("numpy", "random", "torch", "tensorflow", "keras", "polars", "pandas", "sklearn", "scipy", "builtins", "<local>")
)
"""Libraries whose functions are known, so that a name alone says nothing."""

GENERATORS: Final = each(
    "numpy.random.RandomState() numpy.random.mtrand.RandomState() numpy.random.default_rng()",
    "numpy.random.Generator() sklearn.utils.check_random_state() random.Random() torch.Generator()",
    "torch.Generator().manual_seed()",
)

BOOSTING_FUNCTIONS: Final = frozenset(("lightgbm.train", "xgboost.train", "catboost.train"))
"""Functions that take their seed among a dictionary of parameters."""

LAYERS: Final = (
    "torch.nn.",
    "tensorflow.keras.layers.",
    "keras.layers.",
    "tensorflow.keras.Sequential",
    "keras.Sequential",
)
"""Layers that draw their first weights."""
WEIGHTLESS: Final = each(
    "ReLU Sigmoid Tanh Softmax LogSoftmax GELU ELU LeakyReLU SiLU Flatten Identity Module Sequential ModuleList",
    "ModuleDict Parameter CrossEntropyLoss MSELoss BCELoss BCEWithLogitsLoss L1Loss NLLLoss SmoothL1Loss HuberLoss",
    "MaxPool1d MaxPool2d AvgPool2d AdaptiveAvgPool2d BatchNorm1d BatchNorm2d LayerNorm Input Activation",
    "MaxPooling2D GlobalAveragePooling2D BatchNormalization LayerNormalization Concatenate Add Reshape",
    "Normalization Rescaling",
)
