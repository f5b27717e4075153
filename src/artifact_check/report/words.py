"""All texts of reports for people, except those that photo reports contain themselves.

The wording rules: a photo shows *signs of* AI, *declares* AI or is *inconclusive*. Nothing is ever called proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artifact_check.results import DeclarationKind, PhotoFacts, Says, Status, Trust, Verdict

VERDICTS: dict[Verdict, str] = {
    "declared_ai": "declares AI",
    "likely_ai": "signs of AI",
    "inconclusive": "inconclusive",
    "likely_authentic": "few signs of AI",
}
STATUSES: dict[Status, str] = {
    "ok": "assessed",
    "no_face": "no face found",
    "face_too_small": "face too small",
    "unreadable": "unreadable",
    "too_large": "too large",
    "not_assessed": "not assessed",
}
DECLARES_DAMAGED = "declares AI (credential damaged)"
KINDS: dict[DeclarationKind, str] = {
    "c2pa": "Content Credentials",
    "iptc": "IPTC metadata",
    "xmp": "XMP metadata",
    "generator_text": "generator's note",
    "exif": "camera data",
}
SAYS: dict[Says, str] = {
    "ai_generated": "made by AI",
    "ai_edited": "edited with AI",
    "camera": "taken by a camera",
    "edited": "edited",
    "unknown": "origin not stated",
}
TRUST: dict[Trust, str] = {
    "trusted": "signed by a known signer",
    "valid_untrusted": "signed by an unknown signer",
    "damaged": "credential damaged",
    "invalid": "changed since it was signed",
    "declared": "not signed",
}

HEADLINES: dict[Verdict | None, str] = {
    "declared_ai": "The file says that AI made this picture.",
    "likely_ai": "This picture shows signs of AI.",
    "inconclusive": "We cannot tell.",
    "likely_authentic": "This picture shows few signs of AI.",
    None: "This picture could not be judged.",
}
DECLARED_MEANS = "Nothing is surer than a file's own word, but anyone can remove it."
WHY = "Why"
HEAT = "What glows looks most like AI photos; what is grey was looked at, too."
NO_REASON = "Nothing moved the score by a point."
OTHERS = "Also stands out, not scored"
WHAT_NOW = "What to do now"
OWNER = "If it is your photo"
SCREENER = "If you screen photos"
# What to do, for the owner and for who screens.
STEPS: dict[Verdict | None, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "declared_ai": (
        ("Say openly that AI made it. Passport and ID offices refuse such pictures.",),
        ("Apply your rule for AI portraits, the same for everyone.", "Ask the person before you decide."),
    ),
    "likely_ai": (
        (
            "Did a camera take it? Keep the original file; it convinces more than any score.",
            "Did AI make it? Say so. Passport and ID offices refuse such pictures.",
        ),
        ("Ask for the original file or a short call.", "Do not refuse anyone on this alone."),
    ),
    "inconclusive": (
        ("Keep the original file in case someone asks.", "Did AI make it? Say so where people rely on your likeness."),
        ("Treat it like any other photo.", "If it matters, ask for the original file or a short call."),
    ),
    "likely_authentic": (
        ("Keep the original file in case someone asks.",),
        ("Nothing here speaks against it. That is no proof.",),
    ),
    None: (
        ("Use another shot: one face, turned to the camera, well lit.",),
        ("Ask for another photo. This says nothing about the person.",),
    ),
}
SEE_PLATFORMS = "See here which platforms may label it."
TRY_AGAIN = "Do what is said above, then check the file again."
APPEAL = "If this is a real photo"
CONVINCING = "What convinces people: the original or RAW file, other frames of the same shoot, or Content Credentials."
MORE = "All measurements"
MORE_ADVICE = "More about the picture"
MORE_IN_PICTURES = "For pictures and all measurements: artifact-check explain PHOTO --output FILE.html"

TITLE = "Signs of AI in headshots"
DIRECTION = "100 = looks camera-made"
SCALE = f"Score: 0 to 100, {DIRECTION}."
HONESTY = (
    "A score is evidence, not proof. Not assessed is neither good nor bad news. "
    "Do not use the score alone to accuse or refuse a person."
)

FILE = "file"
VERDICT = "verdict"
SCORE = "score"
REASONS = "strongest reasons"
MEANING = "what it means"
DECLARES = "file declares"
CUES = "What was measured"
COPY_OF = "same file"
SIMILAR_TO = "looks like"
NOT_SEEN = "not seen"
NOT_KNOWN = "not known"
UNUSUAL = "outside"
DECLARATIONS = "What the file declares"
NONE_DECLARES = "No file declares where it comes from, and that says nothing about it."
NOTHING_DECLARED = "Nothing, and that says nothing about where it comes from."
PLATFORMS = "Platforms that may label it"
NO_PLATFORM = "Nothing in this file tells a platform to label it."
ABSENCE = "That a file declares nothing says nothing about where it comes from."
UNITS = {
    "degree": "degrees",
    "cm": "cm",
    "px": "pixels",
}  # other units mean nothing without knowing the method
TOWARDS_AI = "towards AI"
AI_END, CAMERA_END = "0: looks like AI", "100: looks camera-made"
TOWARDS_CAMERA = "towards a camera"
INFORMATION = "for information, no part of the score"
MARKED = "The photo with numbered marks"
BARE = "The photo"
PART = "Only the part of the photo around the face is shown."
LEGEND = (
    "Each number marks a place on the photo where something was measured. Grey bar: what 9 of 10 camera photos show. "
    "Dot: this photo. A dot outside the bar is unusual, which can have innocent causes."
)
CLOSE_UPS = "A closer look"

IN_THIS_REPORT = "In this report"
SCORES = "Scores"
PHOTOS = "Photos"
DETAILS = "Each photo in detail"
SKIP = "Skip to the photos"
PICTURE = "picture"
NO_SCORES = "No photo got a score."
HISTOGRAM_AXIS = "score: left looks like AI, right looks camera-made"
HISTOGRAM_TABLE = "Photos by score, as numbers"
THRESHOLDS = (
    "Dashed lines: at the left one and below, a photo may be called signs of AI; at the right one and above, few."
)
PRIVATE = "This file holds small pictures of the photos. Share it with care."
TABLE_HELP = "Press a column's name to sort. Press a file's name for its details."
SEARCH = "Find in names, reasons and declarations"
SHOW = "Show only"
SHOW_OPEN = "not yet reviewed"
PREVIOUS, NEXT = "Previous photo", "Next photo"
REVIEWED, NOTE = "reviewed", "Note"
EXPORT = "Save the list as CSV"
REVIEW_HELP = (
    "Keys: J and K for the next and the previous photo, R for reviewed. Reviews and notes stay in this browser."
)
SHOWN = "{shown} of {all} photos shown"
BACK = "Back to the list"
HOW_IT_ADDS_UP = "How the score adds up"
START = "start"
STEP = "step"
EFFECT = "effect (log-odds)"
SO_FAR = "score so far"
WATERFALL_HELP = "Left is towards AI, right towards a camera. The last number is the photo's score."
CUE_BAR = "Shaded: 9 of 10 camera photos. The further right the mark, the fewer camera photos look as odd."
FACTS = "File and face"
MEANS = "What the score means"
MEANINGS = (
    "The score says how much the face looks like a camera's photos (100) or like pictures made by AI (0).",
    "A score near 50 says neither.",
    "The score comes from what can be seen in the picture alone.",
    "What a file declares about itself is told beside the score and never moves it.",
    "Inconclusive is a true answer: the signs are too few or too mixed to say more. Expect it for four of ten photos.",
    "Not assessed means that too little could be seen. It is neither good news nor bad news.",
)
MEANS_NOT = "What it does not mean"
LIMITS = (
    "It does not prove anything. Camera photos are sometimes called signs of AI, most of all retouched ones.",
    "A high score does not clear a photo: newer picture makers can leave none of the traces that are looked for.",
    "It says nothing about who the person is, or whether they are honest.",
    "Someone who tries to fool it can.",
)
ERRORS = "How often it errs"
ERRORS_HELP = (
    "Measured on photos from sources that the model never saw. In brackets: the range in which the rate lies in 95 of "
    "100 cases."
)
NO_ERRORS = "The model's bundle holds no figures of errors."
CONDITIONS = {
    "profile": "as a profile site stores it",
    "large": "large profile photo",
    "twice": "saved from one site, uploaded to another",
    "processed": "processed by a phone or an app",
    "raw": "file as it is",
}
CONDITION = "pictures"
FALSE_ALARMS = "camera photos called signs of AI"
POLISHED_ALARMS = "retouched portraits called signs of AI"
FOUND = "AI photos called signs of AI"
PASSED = "AI photos called few signs of AI"
WRONG = "If a verdict is wrong"
WRONG_HELP = "Please tell the people who make this program; each report becomes a test. Open an issue with:"
WRONG_PARTS = (
    "what the photo truly is, and how you know",
    "the version: run artifact-check --version",
    "the photo's numbers: run artifact-check scan PHOTO --format json",
)
WRONG_PRIVACY = "Do not attach a photo of someone who did not agree."


def reason(title: str, points: int) -> str:
    """Name a reason and by how many points it moves the score: below 0 towards AI."""
    unit = "1 point" if abs(points) == 1 else f"{abs(points)} points"
    return f"{title}: {unit} {TOWARDS_AI if points < 0 else TOWARDS_CAMERA}"


def likely_ai(mistaken: str, found: str) -> str:
    return f"{mistaken} of camera photos are called that by mistake, and {found} of AI pictures rightly."


def few_signs(passed: str) -> str:
    return f"{passed} of AI pictures get this answer too."


def undecided(camera: str, ai: str) -> str:
    return f"{camera} of camera photos and {ai} of AI pictures land here."


def leaning(*, to_ai: bool, cue: str) -> str:
    return f"This one leans {TOWARDS_AI if to_ai else TOWARDS_CAMERA}. What counts most: {cue}."


def leaning_share(share: str, *, to_ai: bool) -> str:
    """Tell how many of the undecided photos that lean the same way AI made."""
    return (
        f"Where half of all pictures are AI, {share} of those that lean {TOWARDS_AI if to_ai else TOWARDS_CAMERA} are."
    )


def score_line(score: int, low: int, high: int) -> str:
    return f"Score {score} on a scale from 0, AI, to 100, camera; 90 % interval {low} to {high}."


def limits(ai: int, camera: int) -> str:
    return f"Up to {ai}: signs of AI. From {camera}: few signs. Between them we cannot tell."


def innocent(title: str, causes: str) -> str:
    return f"{title}. Innocent causes: {causes}."


def mistakes(rate: str) -> str:
    return f"{rate} of camera photos like this one are called signs of AI by mistake."


def this_file(sha256: str) -> str:
    return f"This file, for reference: SHA-256 {sha256}"


def photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"


def copies(count: int) -> str:
    return "1 more file is a copy." if count == 1 else f"{count} more files are copies."


def gone(count: int) -> str:
    """Tell of photos in a store that its last scan did not find."""
    return f"Left out: {photos(count)} that the last scan did not find. With --all, they are reported, too."


def unchanged(count: int, all_photos: int) -> str:
    return f"{count} of {photos(all_photos)} unchanged since an earlier scan, and not checked again."


def more_rows(count: int) -> str:
    return f"{count} more: --all-rows, or --format html"


def file_in(folder: str) -> str:
    return f"{FILE} in {folder}" if folder else FILE


def value_range(low: str, high: str) -> str:
    return f"{low} to {high}"


def more_measures(count: int) -> str:
    return f"{'1 more is' if count == 1 else f'{count} more are'} in the JSON report."


def rate(value: float, count: int) -> str:
    return f"{100 * value:.1f} % of {count}"


def rate_with_interval(value: float, low: float, high: float, count: int) -> str:
    return f"{100 * value:.1f} % [{100 * low:.1f} to {100 * high:.1f}] of {count}"


def threshold(threshold: float) -> str:
    """Convert a threshold on the probability of AI to the scale of the score."""
    return f"{100 * (1 - threshold):.0f}"


def cue_score(share: float) -> str:
    """Explain a cue's score, the share of camera photos, 0 to 1, that look less suspicious; never all of them."""
    if share > 0.99:  # noqa: PLR2004
        return "more suspicious than over 99 % of camera photos"
    return f"more suspicious than {100 * share:.0f} % of camera photos"


def contribution(log_odds: float) -> str:
    return f"{log_odds:+.2f} {TOWARDS_AI if log_odds > 0 else TOWARDS_CAMERA}"


def entry(label: str, sentence: str) -> str:
    return f"{label[:1].upper()}{label[1:]}: {sentence}"


def quantity(value: str, unit: str) -> str:
    """Return a value, with its unit if people know that unit."""
    return f"{value} {UNITS[unit]}" if unit in UNITS else value


def comparison(value: str, typical: str, *, unusual: bool) -> str:
    """Return a value with the typical range of camera photos."""
    return f"{value} (camera photos: {typical}{f'; {UNUSUAL}' if unusual else ''})"


def unusual_count(count: int, measures: int) -> str:
    """Return how many measures lie outside the central 90 % of camera photos; one in ten does by chance."""
    expected = f"about {measures / 10:.0f} would be normal" if measures >= 10 else "one in ten is normal"  # noqa: PLR2004
    return f"{count} of {measures} measures lie outside what is typical of camera photos ({expected})"


def enlargement(times: float) -> str:
    return f"{CLOSE_UPS}, {times:.1f} times as large"


def facts(photo: PhotoFacts) -> str:
    """Describe the file and the face in it."""
    parts = [f"{photo.width} x {photo.height} pixels, {photo.format}"]
    if photo.jpeg_quality is not None:
        parts.append(f"JPEG quality {photo.jpeg_quality}")
    if photo.faces is not None:
        parts.append("1 face" if photo.faces == 1 else f"{photo.faces} faces")
    if photo.iod is not None:
        parts.append(f"eyes {photo.iod:.0f} pixels apart")
    return ", ".join(parts)


def explanation_title(path: str) -> str:
    return f"{path}: a closer look"


def marked_alt(cue: str) -> str:
    """Return the alternative text of a picture."""
    return f"{MARKED}: {cue}"


def model(version: str) -> str:
    return f"Model {version}"


# A headshot against photos of the same person

WITHIN = "That is within what photos of one person show."
BEYOND = "That is more than photos of one person show."
STANDS_IN = "With fewer than three different photos of you, other people's photos stand in for how much yours differ."
MISTAKES = "Each trait is called changed by mistake in about 1 of 20 comparisons."
COMPARISON = "Does the headshot still look like you?"
HEADSHOT = "The headshot"
NEAREST = "Your nearest photo"
OVERLAY = "Both, one over the other"
BLINK = "Show both in turn"
CHANGED = "What changed"
NO_CHANGE = "No change was found."
NOT_CHANGED = "What else was compared"
NO_IDENTITY = "This says how a picture was altered, not who someone is."

# The local page

CLEAR, SAVE, PRINT = "Clear", "Save report", "Print"
PAGE_INTRO = "Photos are checked on the computer that runs this page, and nothing is kept of them."
CHOOSE = "Choose a photo"
CHOOSE_MANY = "Choose photos, or drop them anywhere on this page"
CHECK = "Check"
UNNAMED = "photo without a name"
PROGRESS = "{checked} of {chosen} checked"
WAITING = "waiting"
CHECKING = "checking"
PROBLEM = "not checked"
UNREACHABLE = "The server does not respond. Start it again with artifact-check serve."
NOT_A_FILE = "The browser could not read this. Choose a photo that still exists, not a folder."
NO_PHOTO = "The request contains no photo. Choose one and send it again."
BROKEN_FORM = "The upload could not be read. Send one photo at a time, in a form field named photo."
SLOW_UPLOAD = "The upload timed out. Send it again."
FOREIGN = "This request came from another website, so it was refused. Type this page's address into the browser."
WRONG_HOST = "Unknown host name. Use the address that artifact-check serve shows."
NOT_HERE = "There is nothing at this address."
WRONG_METHOD = "This address does not support this type of request."
INTERNAL = "Internal error; see the terminal running artifact-check serve. Please report it."


def too_many_bytes(limit_mb: int) -> str:
    return f"The file is too large: this page takes up to {limit_mb} MB. Save the photo smaller."


def listening(address: str) -> str:
    return f"Open {address} in a browser. Ctrl-C ends it."
