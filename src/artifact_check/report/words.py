"""All texts of reports for people, except those that photo reports contain themselves.

The wording rules: a photo shows *signs of* AI, *declares* AI or is *inconclusive*. Nothing is ever called proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from artifact_check.phrase import Phrase, capitalise, join

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
DECLARED_MEANS = "A file's own statement is the clearest evidence, but anyone can remove it."
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
    "Never accuse or reject anyone because of a score alone."
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
DECLARATIONS = "What the file declares"
NONE_DECLARES = "No file declares where it comes from, and that says nothing about it."
NOTHING_DECLARED = "Nothing, and that says nothing about where it comes from."
PLATFORMS = "Platforms that may label it"
NO_PLATFORM = "Nothing in this file tells a platform to label it."
ABSENCE = "A file that declares nothing can come from anywhere."
UNITS = {
    "degree": "{value:number} degrees",
    "cm": "{value:number} cm",
    "px": "{value:number} pixels",
}  # other units mean nothing without knowing the method
TOWARDS_AI = "towards AI"
AI_END, CAMERA_END = "0: looks like AI", "100: looks camera-made"
TOWARDS_CAMERA = "towards a camera"
INFORMATION = "for information, no part of the score"
BARE = "The photo"
PART = "Only the part of the photo around the face is shown."
LEGEND = (
    "Each number marks a place on the photo where something was measured. Grey bar: what 9 of 10 camera photos show. "
    "Dot: this photo. A dot outside the bar is unusual, which can have innocent causes."
)

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
    "What a file declares about itself is shown beside the score and never changes it.",
    "Inconclusive is a true answer: the signs are too few or too mixed to say more. Expect it for four of ten photos.",
    "Not assessed means that too little could be seen. It is neither good news nor bad news.",
)
MEANS_NOT = "What it does not mean"
LIMITS = (
    "It does not prove anything. Camera photos are sometimes called signs of AI, most of all retouched ones.",
    "A high score does not clear a photo: newer generators may leave none of the traces we look for.",
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
    size = abs(points)
    return Phrase(
        "{title:text}: {points:text} towards AI" if points < 0 else "{title:text}: {points:text} towards a camera",
        title=title,
        points="1 point" if size == 1 else Phrase("{count:number} points", count=size),
    )


def likely_ai(mistaken: str, found: str) -> str:
    return Phrase(
        "{mistaken:number} of camera photos get this answer by mistake; {found:number} of AI pictures get it rightly.",
        mistaken=mistaken,
        found=found,
    )


def few_signs(passed: str) -> str:
    return Phrase("{passed:number} of AI pictures get this answer too.", passed=passed)


def undecided(camera: str, ai: str) -> str:
    return Phrase(
        "{camera:number} of camera photos and {ai:number} of AI pictures get this answer.", camera=camera, ai=ai
    )


def leaning(*, to_ai: bool, cue: str) -> str:
    return Phrase(
        "This one leans towards AI. What counts most: {cue:text}."
        if to_ai
        else "This one leans towards a camera. What counts most: {cue:text}.",
        cue=cue,
    )


def leaning_share(share: str, *, to_ai: bool) -> str:
    """Tell how many of the undecided photos that lean the same way AI made."""
    return Phrase(
        "If half of all pictures were AI, {share:number} of those leaning towards AI would be AI."
        if to_ai
        else "If half of all pictures were AI, {share:number} of those leaning towards a camera would be AI.",
        share=share,
    )


def score_line(score: int, low: int, high: int) -> str:
    return Phrase(
        "Score {score:number} on a scale from 0, AI, to 100, camera; 90 % interval {low:number} to {high:number}.",
        score=score,
        low=low,
        high=high,
    )


def limits(ai: int, camera: int) -> str:
    return Phrase(
        "Up to {ai:number}: signs of AI. From {camera:number}: few signs. Between them we cannot tell.",
        ai=ai,
        camera=camera,
    )


def innocent(title: str, causes: str) -> str:
    return Phrase("{title:text}. Innocent causes: {causes:text}.", title=title, causes=causes)


def mistakes(rate: str) -> str:
    return Phrase("{rate:number} of camera photos like this one are called signs of AI by mistake.", rate=rate)


def this_file(sha256: str) -> str:
    return Phrase("This file, for reference: SHA-256 {digest}", digest=sha256)


def photos(count: int) -> str:
    return "1 photo" if count == 1 else Phrase("{count:number} photos", count=count)


def copies(count: int) -> str:
    return "1 more file is a copy." if count == 1 else Phrase("{count:number} more files are copies.", count=count)


def gone(count: int) -> str:
    """Tell of photos in a store that its last scan did not find."""
    return Phrase(
        "Left out: {photos:text} that the last scan did not find. Add --all to include them.",
        photos=photos(count),
    )


def unchanged(count: int, all_photos: int) -> str:
    return Phrase(
        "{count:number} of {photos:text} unchanged since an earlier scan, and not checked again.",
        count=count,
        photos=photos(all_photos),
    )


def more_rows(count: int) -> str:
    return Phrase("{count:number} more: --all-rows, or --format html", count=count)


def left_out(name: object) -> str:
    """Tell of a file that is no photo."""
    return Phrase("Left out: {name}, no photo.", name=name)


def set_aside(name: object) -> str:
    return Phrase("Left out: {name}, hidden or kept by the system.", name=name)


def no_photos(count: int) -> str:
    one = "Left out: 1 other file in the folders, no photo."
    return one if count == 1 else Phrase("Left out: {count:number} other files in the folders, no photos.", count=count)


def not_opened(folder: object) -> str:
    return Phrase("Left out: {folder} could not be opened.", folder=folder)


def guessed_encoding(archive: object, encoding: str) -> str:
    return Phrase(
        "{archive} does not say how its files' names are encoded; they were read as {encoding}, a guess.",
        archive=archive,
        encoding=encoding,
    )


def file_in(folder: str) -> str:
    return Phrase("file in {folder}", folder=folder) if folder else FILE


def value_range(low: str, high: str) -> str:
    return Phrase("{low:number} to {high:number}", low=low, high=high)


def more_measures(count: int) -> str:
    one = "1 more is in the JSON report."
    return one if count == 1 else Phrase("{count:number} more are in the JSON report.", count=count)


def rate(value: float, count: int) -> str:
    return Phrase("{value:number} % of {count:number}", value=f"{100 * value:.1f}", count=count)


def rate_with_interval(value: float, low: float, high: float, count: int) -> str:
    return Phrase(
        "{value:number} % [{low:number} to {high:number}] of {count:number}",
        value=f"{100 * value:.1f}",
        low=f"{100 * low:.1f}",
        high=f"{100 * high:.1f}",
        count=count,
    )


def threshold(threshold: float) -> str:
    """Convert a threshold on the probability of AI to the scale of the score."""
    return f"{100 * (1 - threshold):.0f}"


def cue_score(share: float) -> str:
    """Explain a cue's score, the share of camera photos, 0 to 1, that look less suspicious; never all of them."""
    if share > 0.99:  # noqa: PLR2004
        return "more suspicious than over 99 % of camera photos"
    return Phrase("more suspicious than {share:number} % of camera photos", share=f"{100 * share:.0f}")


def contribution(log_odds: float) -> str:
    return Phrase(
        "{effect:number} towards AI" if log_odds > 0 else "{effect:number} towards a camera", effect=f"{log_odds:+.2f}"
    )


def entry(label: str, sentence: str) -> str:
    return Phrase("{label:text}: {sentence:text}", label=capitalise(label), sentence=sentence)


def quantity(value: str, unit: str) -> str:
    """Return a value, with its unit if people know that unit."""
    return Phrase(UNITS[unit], value=value) if unit in UNITS else value


def comparison(value: str, typical: str, *, unusual: bool) -> str:
    """Return a value with the typical range of camera photos."""
    return Phrase(
        "{value:text} (camera photos: {typical:text}; outside)"
        if unusual
        else "{value:text} (camera photos: {typical:text})",
        value=value,
        typical=typical,
    )


def unusual_count(count: int, measures: int) -> str:
    """Return how many measures lie outside the central 90 % of camera photos; one in ten does by chance."""
    return Phrase(
        "{count:number} of {measures:number} measures lie outside what is typical of camera photos ({expected:text})",
        count=count,
        measures=measures,
        expected="one in ten is normal"
        if measures < 10  # noqa: PLR2004
        else Phrase("about {expected:number} would be normal", expected=f"{measures / 10:.0f}"),
    )


def enlargement(times: float) -> str:
    return Phrase("A closer look, {times:number} times as large", times=f"{times:.1f}")


def facts(photo: PhotoFacts) -> str:
    """Describe the file and the face in it."""
    size = Phrase(
        "{width:number} x {height:number} pixels, {format}", width=photo.width, height=photo.height, format=photo.format
    )
    parts: list[str] = [size]
    if photo.jpeg_quality is not None:
        parts.append(Phrase("JPEG quality {quality:number}", quality=photo.jpeg_quality))
    if photo.faces is not None:
        parts.append("1 face" if photo.faces == 1 else Phrase("{count:number} faces", count=photo.faces))
    if photo.iod is not None:
        parts.append(Phrase("eyes {distance:number} pixels apart", distance=f"{photo.iod:.0f}"))
    return join(", ", parts)


def explanation_title(path: str) -> str:
    return Phrase("{path}: a closer look", path=path)


def marked_alt(cue: str) -> str:
    """Return the alternative text of a picture."""
    return Phrase("The photo with numbered marks: {cue:text}", cue=cue)


def model(version: str) -> str:
    return Phrase("Model {version}", version=version)


# A headshot against photos of the same person

WITHIN = "That is within what photos of one person show."
BEYOND = "That is more than photos of one person show."
STANDS_IN = "With fewer than three different photos of you, other people's photos stand in for how much yours differ."
MISTAKES = "Each trait is called changed by mistake in about 1 of 20 comparisons, at least one of them in about 1 of 3."
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
SIGNS_TAB, LIKENESS_TAB = "Does it show signs of AI?", "Does it still look like you?"
COMPARE_INTRO = (
    "Photos are compared on the computer that runs this page, and nothing is kept of them. Compare only photos of "
    "yourself, or of people who agreed to it."
)
OWN_PHOTOS = "Your own photos: one is enough, three to ten are better"
DROP = "You can also drop photos here."
COMPARE = "Compare"
COMPARING = "Comparing the photos"
NO_PAIR = "Choose the headshot and at least one photo of your own, and send them again."
NOT_COMPARED = (
    "The photos could not be compared: one takes too long or too much memory, or the program has a bug. Save them "
    "smaller, or leave one out."
)
INTERNAL = "Internal error; see the terminal running artifact-check serve. Please report it."


def too_many_bytes(limit_mb: int) -> str:
    return Phrase(
        "The file is too large: this page takes up to {limit:number} MB. Save the photo smaller.", limit=limit_mb
    )


def too_many_bytes_together(limit_mb: int) -> str:
    return Phrase(
        "The photos are too large together: this page takes up to {limit:number} MB. Leave some out, or save them "
        "smaller.",
        limit=limit_mb,
    )


def listening(address: str) -> str:
    return Phrase("Open {address} in a browser. Ctrl-C ends it.", address=address)
