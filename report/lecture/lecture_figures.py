"""The pictures of the lecture's claims."""

from __future__ import annotations

from contract.lecture_evidence import LectureEvidence
from report.lecture.network_text import drop_text
from report.lecture.pictures.group_accuracy import group_picture
from report.lecture.pictures.learning_curves import learning_picture
from report.lecture.pictures.net_inputs import net_input_picture
from report.lecture.pictures.sampled_dropconnect import sampled_picture
from report.lecture.pictures.trained_pairs import pair_picture
from report.lecture.pictures.width_sweep import sweep_picture
from report.pictures.picture import Picture
from report.svg import drawing_style

PICTURE_NAMES = (
    "net-inputs",
    "pairs",
    "naive",
    "orders",
    "output-dropout",
    "probabilities",
    "learning",
    "sweep",
    "dropconnect",
    "sampled",
)
"""What `pictures_of_lecture` draws, in the order of the claims."""


def pictures_of_lecture(evidence: LectureEvidence) -> dict[str, tuple[Picture, ...]]:
    """Draw the evidence: for each claim that there is something to see of, its pictures."""
    with drawing_style():
        return {
            "C3": (net_input_picture(evidence),),
            "C5": (pair_picture(evidence), _naive(evidence)),
            "C6": (_orders(evidence),),
            "C7": (_output_dropout(evidence),),
            "C8": (_probabilities(evidence),),
            "C10": (learning_picture(evidence),),
            "C11": (sweep_picture(evidence),),
            "C12": (_dropconnect(evidence), sampled_picture(evidence)),
        }


def _naive(evidence: LectureEvidence) -> Picture:
    title = "Regular dropout, trained with inverted dropout's start and rate"
    labels = {"inverted": "inverted", "regular-naive": "regular, naive"}
    return group_picture(evidence, "naive", title, labels)


def _orders(evidence: LectureEvidence) -> Picture:
    labels = {
        "inverted": "ReLU, dropout after",
        "relu-before": "ReLU, dropout before",
        "sigmoid-after": "sigmoid, dropout after",
        "sigmoid-before": "sigmoid, dropout before",
    }
    return group_picture(evidence, "orders", "Dropout before and after the activation", labels)


def _output_dropout(evidence: LectureEvidence) -> Picture:
    labels = {"inverted": "hidden layers", "output-dropout": "outputs too"}
    return group_picture(evidence, "output-dropout", "Dropout on the output layer", labels)


def _probabilities(evidence: LectureEvidence) -> Picture:
    labels = {"none": "no dropout"} | {
        name: drop_text(evidence.group(name).architecture) for name in ("inverted", "p-0.2-0.5")
    }
    return group_picture(evidence, "probabilities", "Drop probabilities by layer", labels)


def _dropconnect(evidence: LectureEvidence) -> Picture:
    labels = {"none": "neither", "inverted": "dropout", "dropconnect": "DropConnect"}
    return group_picture(evidence, "dropconnect", "DropConnect beside dropout", labels)
