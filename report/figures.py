"""The report's pictures, in their order."""

from __future__ import annotations

from report.picture_data import PictureData
from report.pictures.differences import difference_picture
from report.pictures.doses import dose_picture
from report.pictures.inference import inference_picture
from report.pictures.latency import latency_picture
from report.pictures.learning import learning_picture
from report.pictures.picture import Picture
from report.pictures.sequence import sequence_picture
from report.result import Result
from report.svg import drawing_style


def pictures_of(result: Result, data: PictureData) -> tuple[Picture, ...]:
    """Draw everything there is data for."""
    with drawing_style():
        drawn = (
            difference_picture(result),
            dose_picture(result),
            sequence_picture(result),
            None if data.client is None else latency_picture(data.client),
            None
            if data.in_process is None
            else inference_picture(data.in_process_arms, data.in_process),
            learning_picture(data.learning) if data.learning else None,
        )
    return tuple(picture for picture in drawn if picture is not None)
