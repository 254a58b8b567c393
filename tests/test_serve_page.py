"""The page in a real browser: drawn, uploaded, on every screen."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from browsing import CHROMIUM, browsing, draw, expect, strokes
from serving import served

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")]


def test_what_is_drawn_with_the_mouse_is_read_as_it_is_drawn(address: str) -> None:
    with browsing() as page:
        page.goto(address)
        draw(page, "4071")
        expect(page.locator("#number")).to_have_text("4071")
        draw(page, "225", top=260)
        expect(page.locator("#number")).to_have_text("4071\n225")
        assert page.locator("#digits li").count() == 7 and page.locator("#digits img").count() == 7
        assert page.locator("#digits li").first.locator("meter").count() == 3
        bars = page.locator("#digits .bar").all_inner_texts()
        assert not [bar for bar in bars if re.search(r"\b(0|100) %", bar)], "nothing is certain"
        page.click("#undo")
        expect(page.locator("#number")).not_to_have_text("4071\n225")
        page.click("#clear")
        expect(page.locator("#number")).to_have_text("")
        draw(page, "31")
        expect(page.locator("#number")).to_have_text("31")
        page.click("#explain")
        expect(page.locator("#marks")).to_contain_text("3 rather than")
        expect(page.locator("#heat")).to_contain_text("Blue: ink that spoke for the digit")
        heat = page.locator("#heat-picture")
        assert heat.evaluate("(image) => image.decode().then(() => image.naturalWidth)") >= 1280
        expect(page.locator("#history")).to_contain_text("31")
        page.click("#tab-photo")
        expect(page.locator("#heat")).to_be_hidden()


def test_a_number_stands_right_after_the_stroke(address: str) -> None:
    """Measured in the page, from the end of a stroke of a real mouse until the number has changed."""
    watch = """() => {
        let up = 0;
        window.took = [];
        addEventListener('pointerup', () => { up = performance.now(); }, true);
        const note = () => { if (up) window.took.push(performance.now() - up); up = 0; };
        new MutationObserver(note).observe(document.querySelector('#number'), {childList: true});
    }"""
    with browsing() as page:
        page.goto(address)
        page.evaluate(watch)
        for i, digit in enumerate("3268093"):
            draw(page, digit, left=40 + 110 * i)
            expect(page.locator("#number")).to_have_text(re.compile(rf"^( *\d){{{i + 1}}}$"))
        took = page.evaluate("window.took")
    print(f"from a stroke to its number: {median(took):.0f} ms ({', '.join(f'{each:.0f}' for each in took)})")
    assert len(took) >= 5 and median(took) < 400, took


def test_a_bare_stroke_that_is_drawn_is_a_one(address: str) -> None:
    with browsing() as page:
        page.goto(address)
        box = page.locator("#paper").bounding_box()
        for i in range(3):
            x, y = box["x"] + 120 + 70 * i, box["y"] + 80
            page.mouse.move(x + 6, y)
            page.mouse.down()
            page.mouse.move(x, y + 150, steps=12)
            page.mouse.up()
            expect(page.locator("#number")).to_have_text("1" * (i + 1))
        page.locator("#confidence").evaluate(
            "(slider) => { slider.value = slider.max; slider.dispatchEvent(new Event('change')); }"
        )
        expect(page.locator("#number")).to_have_text("???")


def test_of_a_drawing_what_it_came_to_is_kept(address: str) -> None:
    with browsing() as page:
        page.goto(address)
        for text in ("40", "7"):
            draw(page, text, top=60 if text == "40" else 260)
            expect(page.locator("#history tr")).to_have_count(1)
        expect(page.locator("#history td:last-child")).to_have_text(["40\n7"])
        page.click("#clear")
        draw(page, "31")
        expect(page.locator("#number")).to_have_text("31")
        page.click("#clear")
        expect(page.locator("#history td:last-child")).to_have_text(["31", "40\n7"])


def test_an_answer_that_comes_late_overwrites_no_newer_one(address: str) -> None:
    def delay(route: Any) -> None:
        told = route.fetch()
        held.append(lambda: route.fulfill(response=told))
        if len(held) > 1:
            held.pop()()

    held: list[Callable[[], None]] = []
    with browsing() as page:
        page.goto(address)
        page.route("**/v1/read?*", delay)
        draw(page, "1")
        draw(page, "1", top=260)
        expect(page.locator("#number")).to_have_text("1\n1")
        held.pop()()
        page.wait_for_timeout(200)
        expect(page.locator("#number")).to_have_text("1\n1")


def test_ink_stays_on_a_sheet_that_becomes_smaller(address: str) -> None:
    with browsing() as page:
        page.goto(address)
        draw(page, "4071", top=200, size=160)
        expect(page.locator("#number")).to_have_text("4071")
        for size in ({"width": 400, "height": 700}, {"width": 1280, "height": 420}, {"width": 1280, "height": 800}):
            with page.expect_response("**/v1/read?*") as answer:
                page.set_viewport_size(size)
            assert answer.value.json()["text"] == "4071", size
        page.keyboard.press("Control+z")
        expect(page.locator("#number")).not_to_have_text("4071")


def test_what_is_drawn_with_a_finger_is_read_on_a_phone(address: str) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    with browsing(**phone) as page:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out"
        box = page.locator("#paper").bounding_box()
        session = page.context.new_cdp_session(page)
        for points in strokes("407", box["x"] + 30, box["y"] + 40, 80):
            for i, (x, y) in enumerate(points):
                kind = "touchMove" if i else "touchStart"
                session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
            session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator("#number")).to_have_text("407")


def find_middle(page: Any) -> list[float]:
    """Give the point of the photo that stands in the middle of its frame, as shares of its width and height."""
    frame, photo = page.locator("#zoom").bounding_box(), page.locator("#annotated").bounding_box()
    sides = ("x", "width"), ("y", "height")
    return [(frame[side] + frame[length] / 2 - photo[side]) / photo[length] for side, length in sides]


def test_a_photo_is_chosen_enlarged_and_kept(address: str, tmp_path: Path) -> None:
    with browsing(accept_downloads=True) as page:
        page.goto(address)
        page.click("#tab-photo")
        page.set_input_files("#file", "samples/note.jpg")
        expect(page.locator("#number")).to_have_text("147 97")
        shown = page.locator("#annotated")
        before = shown.bounding_box()["width"]
        assert before > 300 and "147 97" in shown.get_attribute("alt")
        page.click("#zoom-in")
        assert shown.bounding_box()["width"] == pytest.approx(1.5 * before, rel=0.02)
        middle = find_middle(page)
        page.click("#zoom-in")
        assert find_middle(page) == pytest.approx(middle, abs=0.01) and 0.4 < middle[0] < 0.6
        page.set_input_files("#file", "README.md")
        expect(page.locator("#notice")).to_contain_text("not a picture that camcount reads")
        page.complaints.clear()  # Chromium reports every refused request.
        page.set_input_files("#file", "samples/shadow.jpg")
        expect(page.locator("#number")).to_have_text("9463")
        expect(page.locator("#notice")).to_be_hidden()
        for button, said in (("#save-csv", 'Z","shadow.jpg","9463"'), ("#save-json", '"source": "shadow.jpg"')):
            with page.expect_download() as download:
                page.click(button)
            assert said in Path(download.value.path()).read_text()
        page.click("#forget")
        assert page.locator("#history tr").count() == 0


def test_a_photo_is_dropped_and_pasted(address: str) -> None:
    script = """async ([kind, target]) => {
        const data = new DataTransfer();
        data.items.add(new File([await (await fetch('/static/icon.svg')).blob()], 'x.svg'));
        const picture = window.picture || data.files[0];
        const own = new DataTransfer();
        own.items.add(picture);
        const event = kind === 'drop' ? new DragEvent('drop', {dataTransfer: own, bubbles: true, cancelable: true})
                                      : new ClipboardEvent('paste', {clipboardData: own, bubbles: true});
        document.querySelector(target).dispatchEvent(event);
        return event.defaultPrevented;
    }"""
    load = """(bytes) => {
        const data = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0));
        window.picture = new File([data], 'plain.jpg', {type: 'image/jpeg'});
    }"""
    with browsing() as page:
        page.goto(address)
        page.evaluate(load, base64.b64encode(Path("samples/plain.jpg").read_bytes()).decode())
        page.click("#tab-photo")
        page.evaluate(script, ["drop", "#drop"])
        expect(page.locator("#number")).to_have_text("20735")
        for kind, target in (("paste", "body"), ("drop", "#paper"), ("drop", "h1")):
            page.click("#tab-draw")
            expect(page.locator("#number")).to_have_text("")
            assert page.evaluate(script, [kind, target]) is (kind == "drop"), "else the browser leaves the page"
            expect(page.locator("#number")).to_have_text("20735")
            assert page.locator("#photo").is_visible()


def test_what_was_drawn_meanwhile_is_read_once_the_server_is_back() -> None:
    with browsing() as page:
        with served() as address:
            page.goto(f"http://{address}")
            expect(page.locator("#number")).to_have_text("")
            page.wait_for_load_state("networkidle")
        draw(page, "31")
        expect(page.locator("#notice")).to_contain_text("The server does not answer")
        with served(port=int(address.split(":")[1])):
            expect(page.locator("#number")).to_have_text("31")
            expect(page.locator("#notice")).to_be_hidden()
            page.complaints.clear()  # Chromium reports each try.


def test_tabs_are_used_by_keys_and_told_to_screen_readers(address: str) -> None:
    with browsing(color_scheme="dark") as page:
        page.goto(address)
        page.focus("#tab-draw")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name="Photo")).to_be_focused()
        expect(page.get_by_role("tab", name="Photo")).to_have_attribute("aria-selected", "true")
        assert page.get_by_role("tabpanel", name="Photo").is_visible()
        page.keyboard.press("ArrowLeft")
        assert page.get_by_role("tabpanel", name="Draw").is_visible()
        for key, name in (("End", "Camera"), ("Home", "Draw")):
            page.keyboard.press(key)
            expect(page.get_by_role("tab", name=name)).to_be_focused()
            assert page.get_by_role("tabpanel", name=name).is_visible()
        draw(page, "31")
        expect(page.locator("#announced")).to_have_text("31")
        assert page.locator("#announced").get_attribute("role") == "status"
        unnamed = page.evaluate(
            "[...document.querySelectorAll('button, input, select')]"
            ".filter((e) => !e.labels?.length && !e.textContent.trim() && !e.ariaLabel).map((e) => e.outerHTML)"
        )
        assert unnamed == []
        dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert max(map(int, re.findall(r"\d+", dark)[:3])) < 60


@pytest.mark.parametrize("size", [(360, 640), (768, 1024), (3840, 2160)])
def test_it_fits_every_screen(address: str, size: tuple[int, int]) -> None:
    with browsing(viewport={"width": size[0], "height": size[1]}) as page:
        page.goto(address)
        for tab in ("#tab-draw", "#tab-photo", "#tab-camera"):
            page.click(tab)
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        page.click("#tab-draw")
        draw(page, "40", size=90)
        expect(page.locator("#number")).to_have_text("40")


def test_the_documentation_is_drawn_from_the_api(address: str) -> None:
    with browsing() as page:
        page.goto(f"{address}/docs")
        expect(page.locator("#routes")).to_contain_text("POST /v1/read/batch")
        expect(page.locator("#routes")).to_contain_text("rotate: auto, 0, 90, 180, 270")
        for said in ("WS /v1/stream", '{"reset": true}', "Authorization: Bearer TOKEN", "changed: whether"):
            expect(page.locator("#about")).to_contain_text(said)
