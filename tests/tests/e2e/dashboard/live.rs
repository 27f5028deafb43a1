//! What happens on an open page without a click, and by keys.

use foghorn_tests::webdriver::Browser;

use crate::dashboard::scene::Scene;

pub(crate) fn an_alert_appears_by_itself(scene: &Scene, browser: &Browser) {
    browser.open(&scene.url("/")).unwrap();
    assert_eq!(browser.text("#alerts h1").unwrap(), "All quiet");
    assert_eq!(browser.count(".tile").unwrap(), 2);
    browser.until("the stream", "return document.getElementById('live').textContent === 'live'").unwrap();
    browser.run("window.isStillHere = true; document.getElementById('filter').focus()", &[]).unwrap();
    browser.fill("#filter", "web").unwrap();
    scene.web.trouble("attack", 4).unwrap();
    scene.alert();
    browser.until("a card", "return document.querySelectorAll('.card').length > 0").unwrap();
    browser.until("the count in the title", "return document.title.startsWith('(1)')").unwrap();
    browser
        .until(
            "the word for screen readers",
            "return document.getElementById('announce').textContent.includes('1 open alert')",
        )
        .unwrap();
    browser
        .until("the same page, with its focus", "return window.isStillHere && document.activeElement.id === 'filter'")
        .unwrap();
    browser
        .until(
            "the tile in its colour",
            "return document.querySelector('.tile.critical, .tile.warning, .tile.info') !== null",
        )
        .unwrap();
    browser
        .until(
            "the filter kept over swaps",
            "return [...document.querySelectorAll('.tile')].filter(tile => !tile.hidden).length === 1",
        )
        .unwrap();
    let card = browser.text(".card").unwrap();
    assert!(card.contains(scene.web.name()), "{card}");
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
}

pub(crate) fn a_log_is_followed_searched_and_left(scene: &Scene, browser: &Browser) {
    let path = format!("/logs/{}", scene.web_identity());
    browser.open(&scene.url(&path)).unwrap();
    browser.run("window.before = document.getElementById('log').lastElementChild.id", &[]).unwrap();
    browser.until("more lines", "return document.getElementById('log').lastElementChild.id !== window.before").unwrap();
    // Each line once, in order.
    let in_order = "const ids = [...document.querySelectorAll('#log li')].map(line => Number(line.id.slice(1)));
        return ids.every((id, at) => at === 0 || id === ids[at - 1] + 1)";
    browser.until("lines in order", in_order).unwrap();
    browser.run("scrollTo(0, 0)", &[]).unwrap();
    browser.click("#pause").unwrap();
    // What was on its way may still come.
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    browser.run("window.before = document.getElementById('log').lastElementChild.id", &[]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2_500));
    browser
        .until("no line while it pauses", "return document.getElementById('log').lastElementChild.id === window.before")
        .unwrap();
    browser.click("#pause").unwrap();
    browser.until("more lines", "return document.getElementById('log').lastElementChild.id !== window.before").unwrap();
    browser.until("lines in order", in_order).unwrap();

    browser.fill("input[type=search]", "GET").unwrap();
    browser.run("document.querySelector('form.bar').requestSubmit()", &[]).unwrap();
    browser.until_at("q=GET").unwrap();
    assert!(browser.count("#log mark").unwrap() > 0);
    browser.until("each line to hold it", "return [...document.querySelectorAll('#log li')].every(line => line.textContent.toUpperCase().includes('GET'))").unwrap();
    // The newest of its lines, and what stood around it.
    browser.run("document.querySelector('#log li:last-child a.at').click()", &[]).unwrap();
    browser.until_at("line=").unwrap();
    assert_eq!(browser.count("#log li.strange").unwrap(), 1);
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
}

pub(crate) fn a_trend_is_zoomed_and_leads_to_its_lines(scene: &Scene, browser: &Browser) {
    browser.open(&scene.url(&format!("/containers/{}", scene.web_identity()))).unwrap();
    browser.until("the picture", "return document.querySelector('.trend.zoomable canvas')?.width > 100").unwrap();
    assert!(browser.text(".trend .legend").unwrap().contains("dashed: the threshold"));
    browser.hover(".u-over", 0.97).unwrap();
    browser
        .until(
            "figures under the mouse",
            "return document.querySelector('.trend .legend').textContent.includes('highest score')",
        )
        .unwrap();
    browser.drag(".u-over", 0.6, 0.99).unwrap();
    browser.until_at("from=").unwrap();
    browser.until("the closer picture", "return document.querySelector('[data-zoomed]') !== null").unwrap();
    let address = browser.address().unwrap();
    browser.open(&address).unwrap();
    browser.until("the same span after a reload", "return document.querySelector('.trend') !== null").unwrap();
    for range in ["1h", "24h", "7d"] {
        browser.open(&scene.url(&format!("/containers/{}?range={range}", scene.web_identity()))).unwrap();
        assert_eq!(browser.text(".ranges a[aria-current]").unwrap(), range);
        assert!(browser.count(".trend .step").unwrap() > 0, "{range}");
    }
    let link = browser.attribute("svg a:last-of-type", "href").unwrap().unwrap();
    browser.open(&scene.url(&link)).unwrap();
    assert!(browser.count("#log li").unwrap() > 0, "{link}");
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
}

/// A browser has six connections to one server, and each open page wants to be told of news.
pub(crate) fn more_tabs_than_connections_can_be_open(scene: &Scene, browser: &Browser) {
    for _ in 0..8 {
        browser.open_tab(&scene.url("/")).unwrap();
        browser.until("the stream", "return document.getElementById('live').textContent === 'live'").unwrap();
    }
    browser.close_tabs().unwrap();
    browser.open(&scene.url("/")).unwrap();
    browser.until("the stream", "return document.getElementById('live').textContent === 'live'").unwrap();
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
}

pub(crate) fn keys_work(scene: &Scene, browser: &Browser) {
    browser.open(&scene.url("/")).unwrap();
    browser.press("j").unwrap();
    browser.until("the first alert", "return document.activeElement.id.startsWith('alert-')").unwrap();
    browser.press("jk").unwrap();
    browser.until("the first alert again", "return document.activeElement.id.startsWith('alert-')").unwrap();
    browser.press("/").unwrap();
    browser.until("the filter", "return document.activeElement.id === 'filter'").unwrap();
    browser.press("j").unwrap();
    browser.until("a key that is typed", "return document.getElementById('filter').value === 'j'").unwrap();
    browser.run("document.activeElement.blur()", &[]).unwrap();
    browser.press("?").unwrap();
    browser.until("the help", "return document.getElementById('help').open").unwrap();
    browser.run("document.getElementById('help').close()", &[]).unwrap();
    browser.press("gs").unwrap();
    browser.until_at("/system").unwrap();
    assert_eq!(browser.complaints().unwrap(), [] as [&str; 0]);
}
