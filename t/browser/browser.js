// A headless Chromium with an empty profile, and pages that remember what
// went wrong in them.
"use strict";

const { chromium } = require("playwright-core");

const kArgs = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
];

const kDesktop = { width: 1280, height: 800 };
const kPhone = { width: 360, height: 740 };

// args: switches besides.
function launch({ args = [] } = {}) {
    return chromium.launch({
        executablePath: process.env.ONAIR_CHROMIUM || "/usr/bin/chromium",
        args: [...kArgs, ...args],
    });
}

// options: those of a browser context, and `prepare`, called with the page
// before it goes anywhere.
async function open(browser, url, { prepare, ...options } = {}) {
    const context = await browser.newContext({
        viewport: kDesktop, locale: "en-GB", ...options,
    });
    const page = await context.newPage();
    page.complaints = [];
    const complain = (what) => page.complaints.push(what);
    page.on("pageerror", (error) => complain(`exception: ${error}`));
    page.on("console", (message) => {
        if (message.type() === "error") complain(message.text());
    });
    page.on("dialog", (dialog) => {
        complain(`dialog: ${dialog.message()}`);
        dialog.dismiss();
    });
    await page.exposeFunction("violated", (what) =>
        complain(`policy: ${what}`));
    await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) =>
            window.violated(`${event.violatedDirective} ${event.blockedURI}`));
    });
    await prepare?.(page);
    await page.goto(url);
    return page;
}

// Waits until the element holds the text, exactly or as a pattern.
function shows(page, selector, text) {
    const pattern = text instanceof RegExp ? text.source : null;
    return page.waitForFunction(([at, exact, like]) => {
        const element = document.querySelector(at);
        if (!element?.checkVisibility()) return false;
        const is = element.textContent;
        return like ? new RegExp(like).test(is) : is === exact;
    }, [selector, text, pattern], { timeout: 15000 })
        .catch(async () => {
            const is = await page.locator(selector).textContent();
            throw new Error(`${selector} shows "${is.slice(0, 200)}", ` +
                `not "${String(text).slice(0, 200)}"`);
        });
}

// How many pixels the page is wider than the window.
function overflow(page) {
    return page.evaluate(() => document.documentElement.scrollWidth -
        document.documentElement.clientWidth);
}

module.exports = { kDesktop, kPhone, launch, open, shows, overflow };
