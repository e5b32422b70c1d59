"""The console as a person uses it: in a real browser, without the internet.

Needs Chromium and ChromeDriver (Debian: chromium, chromium-driver); elsewhere it is skipped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from tests.api.running import Client
from tests.api.shop import Shop

from oms_api import graphiql

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="chromium and chromedriver are not installed"
)


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-quic",
        "--disable-sync",
        "--no-first-run",
        f"--user-data-dir={tmp_path}",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=DRIVER)
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


def text_of(browser: webdriver.Chrome, id: str) -> str:
    return str(browser.find_element(By.ID, id).text)


def test_a_person_runs_a_query_and_reads_the_schema(
    browser: webdriver.Chrome, client: Client, shop: Shop
) -> None:
    shop.authorized()
    browser.get(f"{client.url}/graphql")
    patience = WebDriverWait(browser, 20)
    patience.until(lambda b: "oms token" in text_of(b, "docs"))

    browser.find_element(By.ID, "token").send_keys(client.headers["Authorization"], "\t")
    patience.until(
        lambda b: "placeOrder" in b.find_element(By.ID, "docs").get_attribute("innerHTML")
    )

    browser.find_element(By.ID, "run").click()
    patience.until(lambda b: text_of(b, "result").startswith("{"))
    answer = json.loads(text_of(browser, "result"))
    assert answer["data"]["orders"]["nodes"]
    assert text_of(browser, "took").startswith("200 in ")

    severe = [e["message"] for e in browser.get_log("browser") if e["level"] == "SEVERE"]
    assert [message for message in severe if "401" not in message] == []


@pytest.mark.skipif(not graphiql.is_there(), reason="GraphiQL was not fetched (make graphiql)")
def test_a_person_runs_an_example_in_graphiql(
    browser: webdriver.Chrome, client: Client, shop: Shop
) -> None:
    shop.placed()
    browser.get(f"{client.url}/graphiql")
    patience = WebDriverWait(browser, 20)
    browser.find_element(By.ID, "token").send_keys(client.headers["Authorization"], "\t")
    for button in ("[aria-label='Show Examples']", ".oms-examples li:nth-child(9) button"):
        patience.until(lambda b, found=button: b.find_elements(By.CSS_SELECTOR, found))
        browser.find_element(By.CSS_SELECTOR, button).click()
    browser.find_element(By.CSS_SELECTOR, ".graphiql-execute-button").click()
    patience.until(
        lambda b: "ordersPlaced" in b.find_element(By.CSS_SELECTOR, ".result-window").text
    )
    browser.find_element(By.CSS_SELECTOR, "[aria-label='Show Documentation Explorer']").click()
    patience.until(lambda b: "Query" in b.find_element(By.CSS_SELECTOR, ".graphiql-plugin").text)
