package features

import (
	"regexp"
	"strings"
)

// sites says which sources belong to a class. Every field is a list parted by blanks.
type sites struct {
	class string
	// words are RE2 patterns, without a blank, of names that count wherever they stand as a whole word: l.instagram.com,
	// insta_story.
	words string
	// hosts are addresses; those under them count too, with a scheme, a port and a path.
	hosts string
	// heads are names that mean a site only when a source is nothing else, or begins with them and is no address: line, line_ads.
	heads string
	// starts are Korean names, which stand in front of other words without a blank: 네이버블로그.
	starts string
}

// families are the sites with so many spellings that no list holds them. The first that matches decides, so a film, a shop and a
// community of a portal come before the portal, and a shop's films before the shop.
var families = []sites{
	{
		class: videoSite,
		words: `youtube vimeo twitch netflix dailymotion hulu disneyplus afreecatv sooplive chzzk tving wavve watcha laftel ` +
			`coupangplay ` +
			`pandoratv naver[\s_-]?tv tv[.]naver kakao[\s_-]?tv tv[.]kakao`,
		hosts:  `youtu.be pandora.tv`,
		heads:  `yt`,
		starts: `유튜브 아프리카티비 아프리카tv 치지직 티빙 웨이브 왓챠 넷플릭스 네이버tv 카카오tv 쿠팡플레이 라프텔 숲티비`,
	},
	{
		class: shopSite,
		words: `amazon ebay etsy walmart shopify aliexpress alibaba temu mercadolibre coupang gmarket 11st musinsa ` +
			`oliveyoung lotteon ` +
			`wemakeprice tmon danawa enuri bunjang joongna zigzag queenit cjonstyle gsshop interpark ohouse kurly idus kream ` +
			`29cm ` +
			`wconcept smart[\s-]?store naver[.\s_-]?shop(?:ping)? google[\s_-]?shopping ` +
			`shopping[.]naver brand[.]naver shopping[.]daum`,
		hosts: `auction.co.kr ssg.com ohou.se a-bly.com brandi.co.kr hmall.com wemap.kr yes24.com aladin.co.kr kyobobook.co.kr`,
		heads: `auction ably a-bly ssg ohou 오늘의집`,
		starts: `쿠팡 지마켓 11번가 옥션 무신사 올리브영 마켓컬리 컬리 네이버쇼핑 스마트스토어 번개장터 중고나라 위메프 티몬 에이블리 지그재그 알리익스프레스 테무 ` +
			`아이디어스 롯데온`,
	},
	{
		class: socialSite,
		words: `facebook fb instagram insta ig kakao(?:[a-z]*) plus[\s_-]?friend twitter tiktok linkedin pinterest reddit ` +
			`snapchat whatsapp ` +
			`telegram discord tumblr quora wechat weibo messenger everytime everytimekr campuspick linkareer daangn karrot ` +
			`tistory velog ` +
			`teamblind dcinside fmkorea clien ppomppu theqoo instiz mlbpark ruliweb inven bobaedream cyworld ` +
			`(?:blog|cafe|post|kin|in|m[.]blog|m[.]cafe)[._-]naver naver[\s_-]?(?:blog|cafe|post|band|kin|jisikin) ` +
			`(?:cafe|blog)[._-]daum daum[\s_-]?(?:cafe|blog) pann[.]nate nate[\s_-]?pann`,
		hosts: `t.co x.com fb.me line.me lin.ee band.us threads.net threads.com t.me vk.com everytime.kr pf.kakao.com ` +
			`brunch.co.kr ` +
			`todayhumor.co.kr humoruniv.com blind.com meetup.com`,
		heads: `x line naverline band threads meta blind vk eta msg pann`,
		starts: `인스타 페이스북 페북 카카오 카톡 플러스친구 플친 오픈채팅 네이버블로그 네이버카페 네이버밴드 네이버포스트 네이버지식인 지식인 밴드 라인 다음카페 ` +
			`에브리타임 에타 캠퍼스픽 링커리어 당근 블라인드 트위터 엑스 틱톡 스레드 쓰레드 핀터레스트 링크드인 디시 디씨 에펨코리아 더쿠 티스토리 브런치 네이트판`,
	},
	{
		class:  searchSite,
		words:  `google naver daum bing yahoo duckduckgo baidu yandex ecosia qwant sogou startpage`,
		hosts:  `nate.com zum.com search.brave.com`,
		heads:  `nate zum brave`,
		starts: `네이버 다음 구글 네이트 줌닷컴 빙검색 야후`,
	},
	{
		class:  partnerSite,
		hosts:  `toss.im payco.com`,
		heads:  `toss tossbank payco cashwalk okcashbag`,
		starts: `토스 페이코 캐시워크 오케이캐쉬백`,
	},
}

// frequentSources are the plain names of the families and some spellings that an app sees every day.
func frequentSources() []string {
	names := strings.Fields(`google-play apple email sms firebase newsletter google.com www.google.com google.co.kr ` +
		`m.naver.com search.naver.com m.search.naver.com naver.com blog.naver.com m.blog.naver.com cafe.naver.com ` +
		`m.cafe.naver.com ` +
		`instagram.com l.instagram.com www.instagram.com facebook.com m.facebook.com l.facebook.com lm.facebook.com ` +
		`www.facebook.com ` +
		`kakao kakaotalk kakaostory kakaochannel kakao_channel daum.net m.daum.net youtube.com m.youtube.com naver_blog ` +
		`naver_cafe ` +
		`인스타그램 카카오톡`)
	for _, s := range families {
		for _, list := range []string{s.words, s.hosts, s.heads, s.starts} {
			for _, name := range strings.Fields(list) {
				if !strings.ContainsAny(name, "[(?") {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

// siteTests are what is no site, the lists of all classes and then the patterns of all families.
func siteTests() []test {
	tests := []test{{list: []string{"", "(direct)", "(not set)"}}}
	for _, s := range siteLists {
		tests = append(tests, test{class: s.class, list: s.all()})
	}
	for _, s := range families {
		tests = append(tests, test{class: s.class, pattern: s.pattern()})
	}
	return tests
}

// pattern is found in the normal form of every source of the family.
func (s sites) pattern() *regexp.Regexp {
	var forms []string
	if s.words != "" {
		forms = append(forms, `(?:^|[^a-z0-9가-힣])(?:`+anyOf(s.words)+`)(?:$|[^a-z0-9가-힣])`)
	}
	if s.hosts != "" {
		forms = append(forms, `(?:^|[./])(?:`+anyOf(strings.ReplaceAll(s.hosts, ".", "[.]"))+`)(?:$|[/:?#])`)
	}
	if s.heads != "" {
		forms = append(forms, `^(?:`+anyOf(s.heads)+`)(?:$|[ _-][^./]*$)`)
	}
	if s.starts != "" {
		forms = append(forms, `^(?:`+anyOf(s.starts)+`)`)
	}
	return regexp.MustCompile(strings.Join(forms, "|"))
}

func anyOf(list string) string { return strings.Join(strings.Fields(list), "|") }

// ListedSources are the sources that the channel rules know by name, in lower case. Of a family, with all its spellings, they
// are the plain names.
func ListedSources() []string {
	var all []string
	for _, l := range siteLists {
		all = append(all, l.all()...)
	}
	return append(all, frequentSources()...)
}
