package page_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// says reports what the page ought to say and does not.
func (b *browser) says(t *testing.T, want ...string) {
	t.Helper()
	text := eval[string](t, b, "document.body.innerText")
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
}

// TestPageScores presses the right arrow on a focused slider, as one without a mouse would: the probability must move, and be the server's.
// The page asks this server alone, and the browser has nothing to complain of.
func TestPageScores(t *testing.T) {
	address := serving(t, nil, nil)
	b := open(t, 1280)
	b.at(t, address, "en")
	before, meetings := eval[float64](t, b, probability), eval[float64](t, b, "state.user.n_meeting_create")
	slider := chromedp.CSS("#f-n_meeting_create")
	b.do(t, chromedp.Focus(slider), chromedp.SendKeys(slider, kb.ArrowRight+kb.ArrowRight))
	b.until(t, fmt.Sprintf(`state.user.n_meeting_create === %v`, meetings+2))
	b.until(t, fmt.Sprintf(`%s > %v`, probability, before))
	want := explained(t, address, eval[string](t, b, `JSON.stringify(state.user)`))
	b.until(t, fmt.Sprintf(`Math.abs(%s - %v) < 1e-12`, probability, want))
	b.do(t, chromedp.Click(chromedp.CSS("#reset")))
	b.until(t, fmt.Sprintf(`Math.abs(%s - %v) < 1e-12`, probability, before))
	b.says(t, "simulated app", "2026-03-01-abc", "on 1,234 users, 26.0% of whom revisited", "2026-01-01 to 2026-01-31",
		"At least 3 visit days in days 7 to 36", "Logistic regression", "AUC on 567 newer users",
		"0.861 (95% interval 0.848 to 0.874); visit days alone 0.757",
		"40.0%: a miss costs as much as 5 false alarms", "Too few users to tell", "Times of meeting_create", "points)",
		"AUC 0.612 (0.550 to 0.670) over 500 users who came from 2026-02-01 to 2026-02-07", "train again")
	if len(b.requests.all()) < 5 {
		t.Errorf("the browser asked for %q only", b.requests.all())
	}
	for _, url := range b.requests.all() {
		if !strings.HasPrefix(url, address) && !strings.HasPrefix(url, "data:") && url != "about:blank" {
			t.Errorf("the page asked for %s", url)
		}
	}
	for _, said := range b.said {
		if len(said.all()) > 0 {
			t.Errorf("the browser complained: %q", said.all())
		}
	}
}

// TestPageScoresCategories chooses a channel, and no value where some training users had none.
func TestPageScoresCategories(t *testing.T) {
	address := serving(t, nil, nil)
	b := open(t, 1280)
	b.at(t, address, "en")
	for _, script := range []string{
		`document.querySelector("#f-channel").value = state.user.channel === "Direct" ? "Referral" : "Direct"`,
		`document.querySelector("#f-channel").value = ""`,
		`document.querySelector("#f-hours_to_meeting_create").parentElement.querySelector("input[type=checkbox]").click()`,
	} {
		eval[any](t, b, script+`; document.querySelector("#f-channel").dispatchEvent(new Event("change"))`)
		want := explained(t, address, eval[string](t, b, `JSON.stringify(state.user)`))
		b.until(t, fmt.Sprintf(`Math.abs(%s - %v) < 1e-12`, probability, want))
	}
	if boxes := eval[float64](t, b, `document.querySelectorAll("#user .aside:not([hidden])").length`); boxes != 1 {
		t.Errorf("%v features offer no value; only that of hours may", boxes)
	}
}

// single tells the page's questions about one user from those that choose the sliders.
func single(r *http.Request) bool {
	return r.URL.Path == "/explain" && r.URL.RawQuery == ""
}

// drag moves a slider from end to end, a step every 15 ms, without a rest, and keeps the probabilities that the page showed until its end.
const drag = `(async () => {
	const seen = new Set(), r = document.querySelector("#f-n_meeting_create"), figure = document.querySelector("#probability");
	const watch = new MutationObserver(() => seen.add(figure.dataset.value));
	watch.observe(figure, {attributes: true});
	for (let i = 0; i < 100; i++) {
		r.value = i % (Number(r.max) + 1);
		r.dispatchEvent(new Event("input", {bubbles: true}));
		await new Promise(done => setTimeout(done, 15));
	}
	watch.disconnect();
	window.dragged = seen.size;
})()`

// TestPageFollowsADrag: the probability moves while the hand does, even where an answer takes longer than the pause between two questions.
func TestPageFollowsADrag(t *testing.T) {
	for name, wait := range map[string]time.Duration{"near": 0, "far": 200 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			address := serving(t, nil, func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if single(r) {
						asked.Add(1)
						time.Sleep(wait)
					}
					h.ServeHTTP(w, r)
				})
			})
			b := open(t, 1280)
			b.at(t, address, "en")
			eval[any](t, b, "void "+drag)
			b.until(t, "window.dragged !== undefined")
			if n := eval[float64](t, b, "window.dragged"); n < 3 {
				t.Errorf("the page showed %v probabilities during a drag", n)
			}
			// 100 moves in 1.5 s or more: a question every 60 ms, of which at most 4 are under way.
			if asked.Load() > 60 {
				t.Errorf("the page asked %d times for 100 moves", asked.Load())
			}
			want := explained(t, address, eval[string](t, b, `JSON.stringify(state.user)`))
			b.until(t, fmt.Sprintf(`Math.abs(%s - %v) < 1e-12`, probability, want))
		})
	}
}

// TestTheLatestAnswerWins answers the first of two questions after the second.
func TestTheLatestAnswerWins(t *testing.T) {
	var asked atomic.Int64
	late := make(chan struct{})
	address := serving(t, nil, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// The page's first question is the typical user's.
			if single(r) && asked.Add(1) == 2 {
				// The server learns that the page is gone once it has read the question.
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				select {
				case <-r.Context().Done():
					close(late)
					return
				case <-time.After(20 * time.Second):
				}
			}
			h.ServeHTTP(w, r)
		})
	})
	b := open(t, 1280)
	b.at(t, address, "en")
	eval[any](t, b, `void (window.slider = document.querySelector("#f-n_meeting_create"))`)
	move := `slider.stepUp(), slider.dispatchEvent(new Event("input"))`
	eval[bool](t, b, move)
	b.until(t, "asking.running.size === 1")
	eval[bool](t, b, move)
	b.until(t, "asking.shown === 3")
	select {
	case <-late:
	case <-time.After(10 * time.Second):
		t.Error("the older question was not ended")
	}
	b.until(t, "asking.running.size === 0")
	if text := eval[string](t, b, `document.querySelector("#trouble").textContent`); text != "" {
		t.Errorf("the page complains: %s", text)
	}
}

// TestPageTellsOfTrouble: a server's problem is shown by its title and detail, waited out, and forgotten; one that could not be reached at
// first is asked again.
func TestPageTellsOfTrouble(t *testing.T) {
	var down, busy atomic.Bool
	down.Store(true)
	address := serving(t, nil, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case down.Load() && r.URL.Path == "/model":
				w.WriteHeader(http.StatusBadGateway)
			case single(r) && busy.Swap(false):
				w.Header().Set("Content-Type", "application/problem+json")
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusTooManyRequests)
				_, _ = io.WriteString(w, `{"title": "The server has more requests than it can hold", "detail": "try again"}`)
			default:
				h.ServeHTTP(w, r)
			}
		})
	})
	b := open(t, 1280)
	b.do(t, chromedp.Navigate(address+"/#lang=en"))
	b.until(t, `document.querySelector("#trouble").textContent === "HTTP 502" && !state.loading`)
	down.Store(false)
	eval[any](t, b, "void refresh()")
	b.until(t, shown)
	busy.Store(true)
	eval[any](t, b, `set("n_meeting_create", 9)`)
	b.until(t, `document.querySelector("#trouble").textContent === "The server has more requests than it can hold: try again"`)
	want := explained(t, address, eval[string](t, b, `JSON.stringify(state.user)`))
	b.until(t, fmt.Sprintf(`Math.abs(%s - %v) < 1e-12`, probability, want))
	b.until(t, `document.querySelector("#trouble").hidden`)
}

// TestPageShowsDrift scores users who all came on every day.
func TestPageShowsDrift(t *testing.T) {
	address := serving(t, nil, nil)
	b := open(t, 1280)
	b.at(t, address, "en")
	if hidden := eval[bool](t, b, `document.querySelector("#drift-area").hidden`); !hidden {
		t.Error("there is a table of too few users")
	}
	user := `{"features":{"visit_days":7,"n_meeting_create":3,"channel":"Direct"}}`
	body := `{"instances":[` + strings.Repeat(user+",", 399) + user + `]}`
	r, err := http.Post(address+"/predict", "application/json", strings.NewReader(body))
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatal(r, err)
	}
	_ = r.Body.Close()
	eval[any](t, b, "void refresh()")
	b.until(t, `!document.querySelector("#drift-area").hidden`)
	b.says(t, "Much has moved", "400 users scored", "Predicted probability", "visit days", "moved far", "100.0% (training 50.0%)")
	if bars := eval[float64](t, b, `document.querySelectorAll("#drift-table .shape").length`); bars != 5 {
		t.Errorf("%v of the 5 columns have bars", bars)
	}
	b.do(t, chromedp.Click(chromedp.CSS("#to-ko")))
	b.says(t, "분포가 크게 달라졌습니다", "사용자 400명", "크게 달라짐", "100.0% (학습 50.0%)")
}

func TestPageSpeaksKorean(t *testing.T) {
	b := open(t, 1280)
	b.at(t, serving(t, nil, nil), "en")
	b.do(t, chromedp.Click(chromedp.CSS("#to-ko")))
	b.says(t, "재방문 예측 확률", "유입 채널", "데이터 드리프트", "meeting_create 횟수", "방문일수", "7~36일차에 방문일 3일 이상", "재방문율 26.0%",
		"코호트", "95% 신뢰구간 0.848 ~ 0.874", "로지스틱 회귀")
	got := eval[[]string](t, b, `[document.documentElement.lang, location.hash, document.cookie,
		document.querySelector("#to-ko").getAttribute("aria-pressed")]`)
	if want := []string{"ko", "#lang=ko", "", "true"}; strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("language, address, cookies, button: %q", got)
	}
	b.do(t, chromedp.Reload())
	b.until(t, shown)
	if lang := eval[string](t, b, "document.documentElement.lang"); lang != "ko" {
		t.Errorf("after a reload the page speaks %s", lang)
	}
	// Names of features have no English of the page's own: the model has it.
	missing := eval[[]string](t, b, `(() => {
		const lacks = (a, b) => Object.keys(a).filter(k => !k.startsWith("unit_") && !k.startsWith("title") && !(k in b));
		const used = [...document.querySelectorAll("[data-t]")].map(e => e.dataset.t).filter(k => !(k in WORDS.ko) || !(k in WORDS.en));
		return [...lacks(WORDS.en, WORDS.ko), ...lacks(WORDS.ko, WORDS.en), ...used];
	})()`)
	if len(missing) > 0 {
		t.Errorf("one language lacks %q", missing)
	}
}

// TestPageFits looks for what does not fit a phone, for fields without a label, and for text without contrast (WCAG 2.2, 1.4.3), by day and
// by night.
func TestPageFits(t *testing.T) {
	address := serving(t, nil, nil)
	for _, width := range []int64{360, 1280} {
		b := open(t, width)
		for _, scheme := range []string{"light", "dark"} {
			media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
			if err := call(b, emulation.SetEmulatedMedia, media); err != nil {
				t.Fatal(err)
			}
			for _, language := range []string{"ko", "en"} {
				b.at(t, address, language)
				eval[any](t, b, unfold)
				if over := eval[float64](t, b, "document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
					t.Errorf("%s at %d: %v pixels too wide", language, width, over)
				}
				if bare := eval[[]string](t, b, unlabelled); len(bare) > 0 {
					t.Errorf("%s at %d: without a label: %q", language, width, bare)
				}
				if pale := eval[[]string](t, b, contrast); len(pale) > 0 {
					t.Errorf("%s at %d, %s: contrast below 4.5: %q", language, width, scheme, pale)
				}
			}
		}
	}
}

// unfold shows all parts of the page, among them an error and a table of drift with every status.
const unfold = `(() => {
	const column = (c, i) => ({...c, psi: 0.3, status: ["few", "ok", "warn", "alarm"][i % 4], now: c.reference});
	const {score, features} = state.drift;
	state.drift = {...state.drift, status: "alarm", drifted: 9, score: column(score, 3), features: features.map(column)};
	showDrift();
	trouble("The server has more requests than it can hold: try again");
	document.querySelector("#key-form").hidden = false;
})()`

const unlabelled = `[...document.querySelectorAll("input,select,button")].filter(e => {
	const named = [...(e.labels || [])].some(l => l.textContent.trim()) || e.getAttribute("aria-label")?.trim() || e.textContent.trim();
	return !e.closest("[hidden]") && (e.tagName === "SELECT" ? !e.labels.length : !named);
}).map(e => e.outerHTML)`

// contrast lists the texts whose colour is too near to that of what they stand on.
const contrast = `(() => {
	const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
	const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = e => {
		const c = e ? parse(getComputedStyle(e).backgroundColor) : [255, 255, 255];
		return c.length === 3 || c[3] > 0 ? c : ground(e.parentElement);
	};
	const found = [];
	for (const e of document.querySelectorAll("body *")) {
		if (e.closest("[hidden]") || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		if (["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(e.tagName)) continue;
		const a = light(parse(getComputedStyle(e).color)), b = light(ground(e));
		if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) found.push(e.tagName + ": " + e.textContent.trim().slice(0, 40));
	}
	return found;
})()`
