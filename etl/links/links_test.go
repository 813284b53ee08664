package links_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/links"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
	_ "github.com/Koalajuni/Calback-Data-ML/warehouse/duckwh"
)

func openMemory(t *testing.T) *warehouse.Warehouse {
	t.Helper()
	w, err := warehouse.Open(t.Context(), "duckdb::memory:", warehouse.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func put(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "links.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{path}
}

func load(t *testing.T, w *warehouse.Warehouse, text string) (links.Result, []features.Link) {
	t.Helper()
	r, err := links.Load(t.Context(), w, put(t, text))
	if err != nil {
		t.Fatal(err)
	}
	list, err := links.Read(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	if r.Links != len(list) || r.Records != r.Links+r.Copies {
		t.Errorf("%+v, but the table has %d links", r, len(list))
	}
	return r, list
}

func TestForms(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []features.Link
	}{
		"columns": {
			"utm_source,utm_medium,utm_campaign,channel,campaign\nig,paid_social,reels,Paid Social,봄_산책\n,,poster,오프라인,\n",
			[]features.Link{
				{Campaign: "poster", Channel: "오프라인"},
				{Source: "ig", Medium: "paid_social", Campaign: "reels", Channel: "Paid Social", Target: "봄_산책"},
			},
		},
		"a URL": {
			"link;채널;캠페인\nhttps://example.com/get?x=1&utm_source=kakao&utm_medium=referral&utm_campaign=%EB%B4%84;카카오;봄_산책\n",
			[]features.Link{{Source: "kakao", Medium: "referral", Campaign: "봄", Channel: "카카오", Target: "봄_산책"}},
		},
		"a store's URL": {
			"URL,Channel\nhttps://play.google.com/store/apps/details?id=x&referrer=utm_source%3Deverytime%26utm_medium%3Dreferral,Campus\n",
			[]features.Link{{Source: "everytime", Medium: "referral", Channel: "Campus"}},
		},
		"Korean, the campaign is the link's own": {
			"\ufeff소스,매체,캠페인,채널\r\n에브리타임,referral,캠퍼스,Campus\r\n",
			[]features.Link{{Source: "에브리타임", Medium: "referral", Campaign: "캠퍼스", Channel: "Campus"}},
		},
		"both campaigns": {
			"source,campaign,ad campaign\nfacebook,a,b\n",
			[]features.Link{{Source: "facebook", Campaign: "a", Channel: features.OrganicSocial, Target: "b"}},
		},
		"no channel": {
			"utm_source\tutm_medium\nnaver\tcpc\nnobody\t\n",
			[]features.Link{{Source: "naver", Medium: "cpc", Channel: features.PaidSearch}, {Source: "nobody", Channel: features.Unassigned}},
		},
		"two ad campaigns of one link": {
			"source,ad campaign,channel\nig,a,Paid Social\nig,b,Paid Social\nig,b,Paid Social\n",
			[]features.Link{{Source: "ig", Channel: "Paid Social", Target: "a"}, {Source: "ig", Channel: "Paid Social", Target: "b"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, list := load(t, openMemory(t), c.text)
			if diff := cmp.Diff(c.want, list); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, err := features.NewChannels(list); err != nil {
				t.Errorf("the links make no channels: %v", err)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"no columns":    {"a,b\n1,2\n", []string{"no column of a link", `"a", "b"`}},
		"nothing named": {"source,channel\na,x\n,y\n", []string{"links.csv line 3", "every user"}},
		"a person":      {"source,channel\nkim.invented@example.com,x\n", []string{"line 2", "the source looks like an e-mail"}},
		"a person's URL": {
			"url,channel\nhttps://example.com?utm_source=kim.invented%40example.com,x\n", []string{"line 2", "utm_source looks like"},
		},
		"a bad URL":       {"url,channel\nhttps://exa mple.com/%zz?utm_source=a,x\n", []string{"line 2", "no URL"}},
		"a contradiction": {"url,source,channel\nhttps://example.com?utm_source=a,b,x\n", []string{"line 2", "another one than the columns"}},
		"two channels":    {"source,channel\na,x\nA,y\n", []string{"line 3", "another channel"}},
		"ragged":          {"source,channel\na\n", []string{"line 2", "width"}},
		"column twice":    {"source,utm_source\na,b\n", []string{"two columns are the source"}},
		"empty":           {"source,channel\n", []string{"no link"}},
		"many":            {"source,channel\n" + strings.Repeat(",x\n", 12), []string{"line 11", "and 2 more rows"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := openMemory(t)
			_, before := load(t, w, "source,channel\nbefore,Before\n")
			_, err := links.Load(t.Context(), w, put(t, c.text))
			if !errors.Is(err, etl.ErrRefused) {
				t.Fatalf("got %v, want a refusal", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "kim") {
				t.Errorf("the message has an address: %v", err)
			}
			after, err := links.Read(t.Context(), w)
			if err != nil || cmp.Diff(before, after) != "" {
				t.Errorf("a refused load changed the table: %v, %v", after, err)
			}
		})
	}
}

func TestTheTableIsReplacedAsAWhole(t *testing.T) {
	w := openMemory(t)
	var many strings.Builder
	many.WriteString("source,channel\n")
	for i := range 1201 {
		many.WriteString("s" + strings.Repeat("x", i%40) + string(rune('a'+i%26)) + strings.Repeat("y", i/40) + ",Many\n")
	}
	first, _ := load(t, w, many.String())
	if first.Links < 1000 || first.Unchanged {
		t.Errorf("%+v", first)
	}
	if again, _ := load(t, w, many.String()); !again.Unchanged {
		t.Errorf("again %+v", again)
	}
	if _, list := load(t, w, "source,channel\na,x\n"); len(list) != 1 {
		t.Errorf("%d links are left, want 1", len(list))
	}
}

func TestSampleLinks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "app")
	opt := sample.Options{Users: 50, Days: 45, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Seed: 1, Zone: "Asia/Seoul"}
	if _, err := sample.Write(t.Context(), dir, opt, nil); err != nil {
		t.Fatal(err)
	}
	w := openMemory(t)
	if _, err := links.Load(t.Context(), w, []string{filepath.Join(dir, "marketing", "links.csv")}); err != nil {
		t.Fatal(err)
	}
	list, err := links.Read(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	c, err := features.NewChannels(list)
	if err != nil || len(list) != 6 || c.Of("Instagram", "paid_social", "reels_students") != "instagram_reels" {
		t.Errorf("links %+v, %v", list, err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("link;채널;캠페인\nhttps://example.com/get?utm_source=kakao&utm_medium=referral;카카오;봄\n")
	f.Add("utm_source,utm_medium,utm_campaign,channel,campaign\nig,paid_social,reels,Paid Social,x\n,,,\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := links.Parse(text)
		if err != nil {
			return
		}
		if _, err := features.NewChannels(list); err != nil || len(list) == 0 {
			t.Fatalf("%d links that make no channels: %v", len(list), err)
		}
		for _, l := range list {
			if strings.Contains(l.Source+l.Medium+l.Campaign+l.Target, "@example.com") {
				t.Fatalf("an address passed: %+v", l)
			}
		}
	})
}
