"""Pictures from strangers: weighed by their header, decoded in bounded memory, and always encoded anew.

What comes out was written by us from pixels alone. A script behind a GIF's end, EXIF with its GPS, ICC profiles and
comments have no way through.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import warnings
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageOps

from server.core.errors import Invalid
from server.gateways.image_headers import Format, Size, Unreadable, format_of, size_of

MAX_SIDE = 30_000
# What no door takes is not opened to be read, either: a PNG may have to be decoded to its end for its words.
MOST_PIXELS = 40_000_000
JPEG_QUALITY = 88
THUMB_SIDE = 320
THUMB_QUALITY = 80
MOST_WORDS = 100_000
_XMP = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>|\|")
# A picture of the largest size takes about 100 MB while it is decoded: two at a time and no more in one process.
_benches = threading.BoundedSemaphore(2)


class PictureRefused(Invalid):
    """A picture that we do not take."""

    code = "picture_refused"
    message = "图片无法接收，请换一张再试。"


class NotAPicture(PictureRefused):
    """Not one of the kinds that we take, whatever its name says."""

    code = "picture_type"
    message = "只接收 JPEG、PNG、WebP、GIF、BMP 格式的图片。"


class PictureTooLarge(PictureRefused):
    """More pixels than allowed, or more bytes."""

    code = "picture_too_large"
    message = "图片尺寸过大，请压缩后再上传。"


class PictureAnimated(PictureRefused):
    """A moving PNG or WebP; of a GIF the first frame is taken."""

    code = "picture_animated"
    message = "不接收动态图片，请上传静态截图。"


class PictureBroken(PictureRefused):
    """Cut short or damaged."""

    code = "picture_broken"
    message = "图片已损坏或不完整，请重新截图后上传。"


@dataclass(frozen=True, slots=True)
class Picture:
    """A clean picture and its thumbnail, as bytes of our own making. ``sha256`` is that of ``data``, in hex."""

    data: bytes
    mime: str
    width: int
    height: int
    sha256: str
    thumb: bytes

    @property
    def suffix(self) -> str:
        """The file name's ending."""
        return ".png" if self.mime == "image/png" else ".jpg"


def clean(raw: bytes, *, max_bytes: int, max_pixels: int) -> Picture:
    """A stranger's bytes as a clean picture; PictureRefused with the reason in Chinese otherwise.

    A picture that came without loss (PNG, GIF, BMP: screenshots) stays so unless it would outgrow ``max_bytes``;
    photographs become JPEG. Turned by its EXIF orientation first, since that note is lost.
    """
    kind = _weigh(raw, max_bytes, max_pixels)
    with _benches:
        image = _decode(raw, kind, max_pixels)
        width, height = image.size
        data, mime = _encode(image, kind, max_bytes)
        return Picture(data, mime, width, height, hashlib.sha256(data).hexdigest(), _shrunk(image))


def words_of(raw: bytes) -> list[str]:
    """What a picture says of itself (EXIF, XMP, comments): for looking only; nothing from what is no picture or too large."""
    kind = format_of(raw)
    if kind is None:
        return []
    try:
        _allow(size_of(raw, kind), MOST_PIXELS)
        with _benches, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(raw)) as opened:
                exif = opened.getexif()
                values = [*opened.info.values(), *exif.values(), *exif.get_ifd(ExifTags.IFD.Exif).values()]
    except Exception:  # noqa: BLE001 - a broken picture is refused by ``clean`` and says nothing here
        return []
    packets = [raw[found.start() : found.end()][:MOST_WORDS] for found in _XMP.finditer(raw)]
    texts = [_as_text(value) for value in (*values, *packets)]
    return [word.strip() for text in texts for word in _TAG.split(text) if word.strip()]


def _as_text(value: object) -> str:
    """EXIF keeps words as bytes in several ways; each guess that gives words will do."""
    if isinstance(value, str):
        return value[:MOST_WORDS]
    if not isinstance(value, bytes):
        return ""
    data = value[:MOST_WORDS]
    if data.startswith((b"UNICODE\0", b"ASCII\0\0\0")):
        wide, data = data.startswith(b"UNICODE"), data[8:]
        return " | ".join(data.decode(each, "ignore") for each in (("utf-16-le", "utf-16-be") if wide else ("utf-8",)))
    return " | ".join(data.decode(each, "ignore").strip("\0") for each in ("utf-8", "utf-16-le", "gb18030"))


def _weigh(raw: bytes, max_bytes: int, max_pixels: int) -> Format:
    if len(raw) > max_bytes:
        raise PictureTooLarge(f"图片超过 {max_bytes // (1024 * 1024)} MB，请压缩后再上传。")
    kind = format_of(raw)
    if kind is None:
        raise NotAPicture
    try:
        _allow(size_of(raw, kind), max_pixels)
    except Unreadable:
        raise PictureBroken from None
    return kind


def _allow(size: Size, max_pixels: int) -> None:
    if size.pixels > max_pixels or max(size) > MAX_SIDE:
        raise PictureTooLarge(
            f"图片为 {size.width}×{size.height} 像素，超过上限（{max_pixels // 10_000} 万像素，单边 {MAX_SIDE}），请缩小后再上传。"
        )


def _stand_still(image: Image.Image, kind: Format) -> None:
    if kind is not Format.GIF and getattr(image, "is_animated", False):
        raise PictureAnimated


def _decode(raw: bytes, kind: Format, max_pixels: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=[kind.value]) as opened:
                _allow(Size(*opened.size), max_pixels)
                _stand_still(opened, kind)
                opened.load()
                turned = ImageOps.exif_transpose(opened)
                return _plain(turned)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLarge from None
    except Exception:  # noqa: BLE001 - decoders answer hostile bytes with errors of every kind; all mean the same here
        raise PictureBroken from None


def _plain(image: Image.Image) -> Image.Image:
    """The pixels alone, as RGB or RGBA."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        deep = image.convert("F")
        image = deep.point(lambda value: value * (1 / 257) + 0).convert("L")
    seen_through = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    plain = image.convert("RGBA" if seen_through else "RGB")
    plain.info.clear()
    return plain


def _encode(image: Image.Image, kind: Format, max_bytes: int) -> tuple[bytes, str]:
    lossless = kind in (Format.PNG, Format.GIF, Format.BMP) or image.mode == "RGBA"
    if lossless:
        data = _written(image, "PNG", compress_level=6)
        if len(data) <= max_bytes:
            return data, "image/png"
    return _written(_on_white(image), "JPEG", quality=JPEG_QUALITY), "image/jpeg"


def _shrunk(image: Image.Image) -> bytes:
    # In place, as the last use of the picture: a full-size copy would double the memory.
    image.thumbnail((THUMB_SIDE, THUMB_SIDE), reducing_gap=2.0)
    return _written(_on_white(image), "JPEG", quality=THUMB_QUALITY)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _written(image: Image.Image, kind: str, **options: int) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
