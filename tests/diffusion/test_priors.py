"""The diffusion prior on a tiny pipeline of the same classes, saved by the test itself."""

import shutil

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel

from pds.base.errors import DeviceUnavailable, PriorError, PriorNotFound
from pds.diffusion import load_prior
from pds.diffusion.devices import computes_in_bfloat16, pick_device, pick_dtype
from pds.diffusion.pretrained import load_diffusion_prior
from pds.diffusion.vocabulary import Vocabulary
from pds.engine.distil import DistilSettings, distil
from pds.engine.methods import PDS
from pds.engine.parametric import Pixels
from pds.settings import Prompts
from tests.doubles.tiny_pipeline import SCALING_FACTOR, save_pipeline


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("pipelines")
    return {
        "epsilon": save_pipeline(root / "epsilon"),
        "v_prediction": save_pipeline(root / "v", prediction_type="v_prediction"),
        "pixels": save_pipeline(root / "pixels", vae=False, prediction_type="v_prediction"),
    }


def load(folder, dtype="float32"):
    return load_diffusion_prior(folder, device="cpu", dtype=dtype)


def edited(moving, prior, **settings):
    prompts = Prompts(source="a cat", target="a dog")
    return list(distil(moving, prior, prompts, PDS(), DistilSettings(**settings)))


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "pixels"])
@pytest.mark.parametrize("guidance", [1.0, 7.5])
def test_predicted_noise_is_the_guided_and_converted_output_of_the_network(folders, kind, guidance):
    """Against a reference that calls the network once per row and writes the formulas out."""
    prior = load(folders[kind])
    channels = prior.unet.config.in_channels
    noisy, timestep = normal(2, channels, 8, 8), torch.tensor([30, 800])
    embedding = prior.embed(["a cat", "a red dog"])
    found = prior.predict_noise(noisy, timestep, embedding, guidance)

    unet = UNet2DConditionModel.from_pretrained(folders[kind] / "unet")
    alpha_bar = prior.schedule.alpha_bar.float()
    for row in range(2):
        x, t = noisy[row : row + 1], timestep[row]
        with torch.no_grad():
            outputs = [
                unet(x, t, encoder_hidden_states=hidden[row : row + 1]).sample
                for hidden in (embedding.unconditional, embedding.conditional)
            ]
        a, b = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()
        empty, full = outputs if kind == "epsilon" else [a * v + b * x for v in outputs]
        expected = (1 - guidance) * empty + guidance * full
        torch.testing.assert_close(found[row : row + 1], expected, rtol=1e-4, atol=1e-4)


def test_the_empty_prompt_is_the_unconditional_half_of_every_row(folders):
    prior = load(folders["epsilon"])
    both, empty = prior.embed(["a cat", "a dog"]), prior.embed([""])
    torch.testing.assert_close(both.unconditional[0], empty.conditional[0])
    torch.testing.assert_close(both.unconditional[1], empty.conditional[0])
    assert not torch.allclose(both.conditional[0], both.conditional[1])
    assert len(both) == 2


def test_the_latent_scale_comes_from_the_vae_s_own_config(folders):
    prior = load(folders["epsilon"])
    image = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    vae = AutoencoderKL.from_pretrained(folders["epsilon"] / "vae")
    with torch.no_grad():
        mean = vae.encode(image * 2 - 1).latent_dist.mean
    torch.testing.assert_close(prior.encode(image), mean * SCALING_FACTOR)
    decoded = prior.decode(prior.encode(image))
    assert decoded.shape == image.shape
    assert decoded.min() >= 0
    assert decoded.max() <= 1


def test_pixel_latents_decode_to_exactly_the_picture(folders):
    prior = load(folders["pixels"])
    image = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    latent = prior.encode(image)
    assert latent.shape == (2, 12, 8, 8)
    torch.testing.assert_close(prior.decode(latent), image)


@pytest.mark.parametrize("kind", ["epsilon", "pixels"])
def test_encoding_is_differentiable(folders, kind):
    prior = load(folders[kind])
    image = torch.full((1, 3, 16, 16), 0.5, requires_grad=True)
    prior.encode(image).square().sum().backward()
    assert torch.isfinite(image.grad).all()


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction", "pixels"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_an_edit_runs_through_every_kind_of_model_and_precision(folders, kind, dtype):
    prior = load(folders[kind], dtype=dtype)
    moving = Pixels(torch.full((1, 3, 16, 16), 0.5))
    records = edited(moving, prior, steps=2, views_per_step=2)
    assert len(records) == 2
    assert not torch.equal(moving.pixels.detach(), torch.full((1, 3, 16, 16), 0.5))
    assert prior.image_size == 16


def test_the_vocabulary_of_a_model_that_has_one_is_loaded(folders):
    assert load(folders["epsilon"]).vocabulary is None
    assert load(folders["pixels"]).vocabulary.concepts == ("cat", "dog")


def test_the_fingerprint_follows_the_weights(folders, tmp_path):
    again = save_pipeline(tmp_path / "again")
    assert load(again).fingerprint == load(folders["epsilon"]).fingerprint
    assert load(folders["pixels"]).fingerprint != load(again).fingerprint


def test_vocabulary_names_unknown_words_and_the_nearest_known():
    vocabulary = Vocabulary(concepts=("rabbit",), words=frozenset({"a", "rabbit", "red"}))
    assert vocabulary.unknown_words("A red rabit, a rabit!") == ("rabit",)
    assert vocabulary.nearest("rabit") == ("rabbit",)
    assert vocabulary.warnings("a rabit") == (
        "The prior does not know “rabit”; the nearest it knows: rabbit.",
    )
    assert vocabulary.warnings("zzzz") == ("The prior does not know “zzzz”.",)


def damaged(folder, tmp_path, change):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    change(copy)
    return copy


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda f: shutil.rmtree(f / "unet"), PriorNotFound, "not a complete"),
        (lambda f: shutil.rmtree(f / "scheduler"), PriorNotFound, "not a complete"),
        (
            lambda f: (f / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"short"),
            PriorError,
            "not a complete|damaged",
        ),
        (lambda f: (f / "pds_prior.json").write_text("{"), PriorError, "damaged"),
        (lambda f: (f / "pds_prior.json").unlink(), PriorNotFound, "how its latents are made"),
    ],
)
def test_an_incomplete_or_damaged_model_folder_is_told_in_a_sentence(
    folders, tmp_path, change, error, message
):
    with pytest.raises(error, match=message):
        load(damaged(folders["pixels"], tmp_path, change))


def test_pickled_weights_are_refused(tmp_path):
    folder = save_pipeline(tmp_path / "pickled", safe=False)
    assert list((folder / "unet").glob("*.bin"))
    with pytest.raises(PriorNotFound, match="safetensors"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("/nowhere/model", "no model folder"),
        ("./model", "no model folder"),
        ("model", "no model folder"),
        ("owner/model?", "check the name"),
    ],
)
def test_a_model_that_is_nowhere_is_told_in_a_sentence(name, message):
    with pytest.raises(PriorNotFound, match=message):
        load_prior(name, device="cpu")


def test_an_unreachable_hub_is_told_in_a_sentence(tmp_path):
    def fetch(location, allow_patterns):
        raise ConnectionError("unreachable")

    with pytest.raises(PriorNotFound, match="hub cannot be reached"):
        load_diffusion_prior("owner/model", device="cpu", fetch=fetch)


def test_a_model_of_the_hub_is_fetched_without_pickles_and_loaded(folders):
    asked = []

    def fetch(location, allow_patterns):
        asked.append((location, allow_patterns))
        return str(folders["epsilon"])

    prior = load_diffusion_prior("owner/model", device="cpu", fetch=fetch)
    assert prior.name == "owner/model"
    assert asked[0][0] == "owner/model"
    assert not [p for p in asked[0][1] if p.endswith((".bin", ".ckpt", ".pt"))]


def test_a_model_that_does_not_fit_into_memory_is_told_in_a_sentence(folders):
    from pds.base.errors import OutOfMemory

    def fetch(location, allow_patterns):
        raise torch.OutOfMemoryError("no memory")

    with pytest.raises(OutOfMemory, match="does not fit into the memory"):
        load_diffusion_prior("owner/model", device="cpu", fetch=fetch)


def test_unknown_devices_and_precisions_are_refused():
    with pytest.raises(DeviceUnavailable, match="no device"):
        pick_device("abacus")
    with pytest.raises(PriorError, match="known are: auto, float32"):
        pick_dtype("int3", torch.device("cpu"))


@pytest.mark.parametrize(
    ("device", "has_bfloat16", "chosen"),
    [
        ("cuda", True, torch.float16),
        ("cpu", True, torch.bfloat16),
        ("cpu", False, torch.float32),
    ],
)
def test_the_automatic_precision_is_the_fastest_that_the_device_computes_in(
    device, has_bfloat16, chosen
):
    assert pick_dtype("auto", torch.device(device), lambda: has_bfloat16) == chosen


@pytest.mark.parametrize(
    ("vendor", "flags", "found"),
    [
        ("AuthenticAMD", "fpu avx512_bf16 sse", True),
        ("GenuineIntel", "fpu amx_bf16 avx512_bf16", True),
        ("GenuineIntel", "fpu avx512_bf16 sse", False),
        ("AuthenticAMD", "fpu sse", False),
    ],
)
def test_whether_bfloat16_pays_is_read_from_the_processor(tmp_path, vendor, flags, found):
    file = tmp_path / "cpuinfo"
    file.write_text(f"vendor_id\t: {vendor}\nflags\t\t: {flags}\n")
    assert computes_in_bfloat16(file) == found
    assert not computes_in_bfloat16(tmp_path / "absent")


def test_cuda_where_there_is_none_is_told_in_a_sentence():
    with pytest.raises(DeviceUnavailable, match="No CUDA device"):
        pick_device("cuda", has_cuda=lambda: False)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_an_edit_runs_in_half_precision_on_cuda(folders):
    prior = load_diffusion_prior(folders["epsilon"], device="cuda")
    assert prior.dtype == torch.float16
    moving = Pixels(torch.full((1, 3, 16, 16), 0.5, device="cuda"))
    assert len(edited(moving, prior, steps=2)) == 2


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_an_edit_on_cuda_agrees_with_the_cpu(folders):
    results = []
    for device in ("cpu", "cuda"):
        prior = load_diffusion_prior(folders["pixels"], device=device, dtype="float32")
        moving = Pixels(torch.full((1, 3, 16, 16), 0.5, device=device))
        edited(moving, prior, steps=3)
        results.append(moving.pixels.detach().cpu())
    torch.testing.assert_close(results[0], results[1], atol=1e-3, rtol=1e-3)
