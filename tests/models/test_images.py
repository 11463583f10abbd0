"""Any picture file made fit for a network: every mode, every shape, and what is none."""

import io
import zlib

import numpy as np
import pytest
import torch
from conftest import is_one_sentence
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from models.controls import Picture
from models.errors import BadInput
from models.images import MOST_PIXELS, data_uri, fit, from_uint8, png_bytes, png_uri, read_image, tile, to_pil, to_uint8
from tests.odd_pictures import bomb, chunk, encoded

GREY, COLOUR = Picture("input", 16, "An image.", channels=1), Picture("input", 16, "An image.")


def halves(mode: str = "RGB", size: tuple[int, int] = (20, 20)) -> Image.Image:
    """Left half black, right half white."""
    array = np.zeros((size[1], size[0]), np.uint8)
    array[:, size[0] // 2:] = 255
    return Image.fromarray(array).convert(mode)


def refused(value, control: Picture = COLOUR) -> str:
    with pytest.raises(BadInput) as caught:
        control.parse(value)
    assert is_one_sentence(str(caught.value)), str(caught.value)
    assert str(caught.value).startswith("input ")
    return str(caught.value)


def is_halves(tensor: torch.Tensor, tolerance: float = 0.15) -> bool:
    """Left black, right white, as float [C, 16, 16] in [-1, 1]; the column between is not asked."""
    return bool((tensor[..., :6] < -1 + tolerance).all() and (tensor[..., -6:] > 1 - tolerance).all())


# --- every mode and shape -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("control", [GREY, COLOUR], ids=["grey", "colour"])
@pytest.mark.parametrize(("mode", "kind"), [
    ("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG"), ("L", "JPEG"),
    ("RGB", "JPEG"), ("CMYK", "JPEG"), ("YCbCr", "JPEG"), ("RGB", "WEBP"), ("RGBA", "WEBP")])
def test_every_mode_is_converted(control, mode, kind):
    image = Image.fromarray(np.asarray(halves("L"), np.uint16) * 257) if mode == "I;16" else halves(mode)
    assert is_halves(control.parse(encoded(image, kind)))
    assert control.parse(encoded(image, kind)).shape == (control.channels, 16, 16)


def test_sixteen_bits_are_scaled_and_not_cut_off():
    ramp = np.linspace(0, 65535, 256, dtype=np.uint16).reshape(16, 16)
    grey = GREY.parse(encoded(Image.fromarray(ramp)))
    torch.testing.assert_close(grey[0], torch.linspace(-1, 1, 256).reshape(16, 16), atol=0.01, rtol=0)


@pytest.mark.parametrize("image", [
    Image.new("RGBA", (16, 16), (10, 20, 30, 0)), Image.new("LA", (16, 16), (0, 0)),
    Image.new("P", (16, 16), 0), Image.new("L", (16, 16), 7)], ids=lambda image: image.mode)
def test_what_is_transparent_is_white(image):
    data = encoded(image, **({"transparency": 7 if image.mode == "L" else 0} if image.mode in "PL" else {}))
    assert (COLOUR.parse(data) == 1).all() and (GREY.parse(data) == 1).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(orientation):
    """An image stored rotated or mirrored, with the orientation that undoes it."""
    stored = {2: [Image.Transpose.FLIP_LEFT_RIGHT], 3: [Image.Transpose.ROTATE_180], 4: [Image.Transpose.FLIP_TOP_BOTTOM],
              5: [Image.Transpose.TRANSPOSE], 6: [Image.Transpose.ROTATE_90], 7: [Image.Transpose.TRANSVERSE],
              8: [Image.Transpose.ROTATE_270]}.get(orientation, [])
    image = halves()
    for change in stored:
        image = image.transpose(change)
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert is_halves(COLOUR.parse(encoded(image, exif=exif)))


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"nonsense"], ids=repr)
def test_damaged_exif_is_passed_over(exif):
    assert is_halves(COLOUR.parse(encoded(halves(), "JPEG", exif=exif, quality=95)))


@pytest.mark.parametrize("size", [(1, 1), (1, 100_000), (100_000, 1), (2, 3), (40, 20), (20, 60), (4000, 4000)], ids=str)
@pytest.mark.parametrize("control", [GREY, COLOUR], ids=["grey", "colour"])
def test_every_shape_is_cropped_and_resized(control, size):
    parsed = control.parse(encoded(Image.new("RGB", size, (255, 255, 255)), compress_level=1))
    assert parsed.shape == (control.channels, 16, 16) and (parsed == 1).all()


def test_the_centre_square_is_taken():
    wide = Image.new("RGB", (60, 20), "red")
    wide.paste(halves(), (20, 0))
    assert is_halves(COLOUR.parse(encoded(wide)))


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_frame_counts(kind):
    others = [Image.new("RGB", (20, 20), name) for name in ("red", "blue")]
    data = encoded(halves(), kind, save_all=True, append_images=others, duration=100)
    assert Image.open(io.BytesIO(data)).n_frames == 3 and is_halves(COLOUR.parse(data))


def test_one_picture_in_every_form_it_may_come_in(tmp_path):
    image = np.asarray(halves())
    (tmp_path / "halves.png").write_bytes(png_bytes(image))
    forms = [image, png_bytes(image), png_uri(image), data_uri("image/jpeg", png_bytes(image)), tmp_path / "halves.png",
             np.dstack([image, np.full((20, 20), 255, np.uint8)])]
    assert all(torch.equal(COLOUR.parse(form), COLOUR.parse(image)) for form in forms)
    assert all(torch.equal(GREY.parse(form), GREY.parse(image)) for form in (image[..., 0], image[..., :1]))


@pytest.mark.parametrize(("most", "white"), [(1.0, 255), (1.04, 255), (200.0, 200), (255.0, 255)])
def test_floating_grey_is_read_by_its_range(tmp_path, most, white):
    Image.fromarray(np.array([[0, most], [most, 0]], np.float32)).save(tmp_path / "grey.tiff")
    assert np.asarray(read_image(tmp_path / "grey.tiff")).tolist() == [[0, white], [white, 0]]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([None, 1, 3, 4]), st.integers(0, 255), st.sampled_from([1, 3]))
def test_an_even_image_stays_even(height, width, channels, value, wanted):
    array = np.full((height, width) if channels is None else (height, width, channels), value, np.uint8)
    parsed = Picture("input", 8, "", channels=wanted).parse(array)
    expected = 255 - round((255 - value) * value / 255) if channels == 4 else value      # of RGBA: alpha is the value, too
    assert parsed.shape == (wanted, 8, 8) and parsed.unique().numel() == 1
    assert abs(float(parsed[0, 0, 0]) * 127.5 + 127.5 - expected) < 1.5


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 400), st.sampled_from(["PNG", "JPEG", "WEBP"]))
def test_damaged_files_are_read_or_refused(noise, place, kind):
    data = encoded(halves(), kind)
    for damaged in (noise, data[:place], data[:place] + noise + data[place + len(noise):], noise + data):
        try:
            assert COLOUR.parse(damaged).shape == (3, 16, 16)
        except BadInput as error:
            assert is_one_sentence(str(error)), str(error)


# --- what is no picture ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("value", [
    "picture.png", "/etc/passwd", "data:text/html;base64,AAAA", "data:image/png,AAAA", "data:image/png;base64,*", "data:image/png;base64,é",
    "data:image/png;base64,", "http://example.org/a.png", "", 7, 1.5, {}, {"path": "a.png"}, object, b"", b"GIF89a", True], ids=repr)
def test_what_is_no_picture(value):
    refused(value)


def test_a_plain_string_is_never_a_path(tmp_path, monkeypatch):
    (tmp_path / "a.png").write_bytes(encoded(halves()))
    monkeypatch.chdir(tmp_path)
    for text in ("a.png", str(tmp_path / "a.png"), f"file://{tmp_path}/a.png"):
        assert "data URI" in refused(text)
    assert is_halves(COLOUR.parse(tmp_path / "a.png"))


@pytest.mark.parametrize("content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html><script>1</script></html>", b"%PDF-1.4",
                                     b"BM" + bytes(60), b"GIF89a" + bytes(40), b"%!PS-Adobe"], ids=lambda c: repr(c[:5]))
def test_another_format_under_the_name_of_a_png(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    assert "is no PNG, JPEG" in refused(tmp_path / "a.png")
    refused(data_uri("image/png", content))
    refused(data_uri("image/svg+xml", content))


def test_truncated_files():
    noisy = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8))
    for kind in ("PNG", "JPEG", "WEBP"):
        data = encoded(noisy, kind)
        for end in (8, 40, len(data) // 2, len(data) - 30):
            refused(data[:end])


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (10_000, 10_000), (2**31 - 1, 2**31 - 1), (0, 0), (4001, 4000)], ids=str)
def test_decompression_bombs(width, height):
    """A few bytes that claim to be a huge image are refused without taking its memory."""
    refused(bomb(width, height, 1000))


def test_bombs_in_text_chunks():
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(30_000_000)))
    data = encoded(halves())
    refused(data[:33] + text + data[33:])


def test_files_from_outside_have_a_bound_that_ones_own_have_not(tmp_path):
    large = encoded(Image.new("L", (4100, 4100)))
    assert MOST_PIXELS < 4100 ** 2 and "16 megapixels" in refused(large) and "16 megapixels" in refused(data_uri("image/png", large))
    (tmp_path / "large.png").write_bytes(large)
    assert GREY.parse(tmp_path / "large.png").shape == (1, 16, 16)
    heavy = encoded(halves()) + bytes(4_000_000)
    assert "4 MB" in refused(heavy) and "4 MB" in refused(data_uri("image/png", heavy))
    assert read_image(heavy, own=True).size == (20, 20)


@pytest.mark.parametrize("name", ["none.png", ".", "/dev/zero", "a\0b", "x" * 5000])
def test_a_path_without_a_picture(tmp_path, name):
    refused(tmp_path / name)


@pytest.mark.parametrize("array", [np.zeros((4, 4)), np.zeros((4, 4), np.int64), np.zeros((4, 4, 2), np.uint8), np.zeros((0, 4), np.uint8),
                                   np.zeros(4, np.uint8), np.zeros((1, 1, 4, 4, 3), np.uint8), np.array("a")],
                         ids=lambda a: f"{a.dtype}{a.shape}")
def test_arrays_that_are_no_picture(array):
    refused(array)


# --- a batch --------------------------------------------------------------------------------------------------------------

def test_one_picture_for_all_or_one_for_each():
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)
    each = COLOUR.batch(images, 3)
    assert torch.equal(each, from_uint8(torch.from_numpy(images)))
    assert torch.equal(COLOUR.batch(list(images), 3), each)
    assert torch.equal(COLOUR.batch(images[1], 3), each[1].expand(3, 3, 16, 16))
    assert torch.equal(COLOUR.batch(None, 2), torch.zeros(2, 3, 16, 16))
    for wrong in (images, list(images), []):
        with pytest.raises(BadInput, match="2 pictures"):
            COLOUR.batch(wrong, 2)


# --- the border and tiles -------------------------------------------------------------------------------------------------

@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.sampled_from([1, 3]))
def test_uint8_survives_png_and_network(height, width, channels):
    image = np.random.default_rng(height * 13 + width).integers(0, 256, (height, width, channels), np.uint8)
    back = np.asarray(read_image(png_bytes(image)))
    assert np.array_equal(back.reshape(image.shape), image)
    assert np.array_equal(to_uint8(from_uint8(torch.from_numpy(image)[None]))[0].numpy(), image)


def test_fit_leaves_an_image_of_the_right_size_alone():
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert np.array_equal(fit(to_pil(image), 16, 3), image)


def test_tiles_lie_in_rows():
    sheet = tile(np.arange(5, dtype=np.uint8)[:, None, None, None].repeat(2, 1).repeat(2, 2) + 1, 3)
    assert sheet.shape == (4, 6, 1)
    assert sheet[::2, ::2, 0].tolist() == [[1, 2, 3], [4, 5, 0]]
