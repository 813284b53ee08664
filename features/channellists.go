package features

import "strings"

// siteList holds sources of a class that no family has. They count only when spelled exactly so, in any case of letters.
type siteList struct {
	class string
	// names are parted by white space.
	names string
	// dotCom are those that count also with .com behind.
	dotCom string
}

// siteLists is the rest of the list of sources that Google publishes with its default channel group
// (support.google.com/analytics/answer/9756891, "source categories"): what the families do not hold, or hold for another class.
// With the families, all 819 sources of the list have the class that Google gives them.
var siteLists = []siteList{
	{
		class: shopSite,
		names: `checkout.stripe.com igshopping nl.shopping.net no.shopping.net order.shopping.yahoo.co.jp
			s3.amazonaws.com se.shopping.net shop.app shopping.yahoo.co.jp shopping.yahoo.com simplycodes.com
			store.shopping.yahoo.co.jp uk.shopping.net`,
		dotCom: `shopzilla stripe`,
	},
	{
		class:  videoSite,
		names:  `d.tube fast.wistia.net iq.com justin.tv viadeo.journaldunet.com`,
		dotCom: `crackle curiositystream iqiyi ted utreon veoh wistia youku`,
	},
	{
		class: socialSite,
		names: `51.com 5ch.net academia.edu airg.ca allnurses.com allrecipes.com ameba.jp ameblo.jp ancestry.com
			answers.yahoo.com artstation.com asmallworld.com awe.sm b.hatena.ne.jp babyblog.ru biip.no biswap.org bit.ly
			blackcareernetwork.com blip.fm blog.com blog.feedspot.com blog.goo.ne.jp blog.yahoo.co.jp blogg.no
			bloggang.com blogs.com bookmarks.yahoo.co.jp bookmarks.yahoo.com canalblog.com care.com caringbridge.org
			cbnt.io centerblog.net chat.zalo.me chegg.com chiebukuro.yahoo.co.jp copainsdavant.linternaute.com
			couchsurfing.org cross.tv d.hatena.ne.jp dailystrength.org deluxe.com discover.hubpages.com draft.blogger.com
			draugiem.lv edublogs.org epicurious.com everforo.com exblog.jp fandom.com feedspot forums.androidcentral.com
			forums.crackberry.com forums.imore.com forums.nexopia.com forums.webosnation.com forums.wpcentral.com
			fruehstueckstreff.org gather.com geni.com getpocket.com goldenline.pl goo.gl gooblog google+ googlegroups.com
			googleplus gree.jp groups.google.com gulli.com gutefrage.net hatena hr.com hubpages.com hyves.net hyves.nl
			identi.ca imageshack.us internations.org interpals.net irc-galleria.net is.gd jappy.com jappy.de kaboodle.com
			last.fm lifestream.aol.com livedoor.com livedoorblog lnkd.in m.yelp.com mbga.jp medium.com meetin.org meetup
			meinvz.net meneame.net menuism.com messages.google.com messages.yahoo.co.jp mix.com mixi.jp my.opera.com
			myanimelist.net news.ycombinator.com newsshowcase nexopia ngopost.org niconico nicovideo.jp odnoklassniki.ru
			odnoklassniki.ua okwave.jp oneworldgroup.org oshiete.goo.ne.jp over-blog.com overblog.com paper.li
			partyflock.nl pinboard pinboard.in pixiv.net playahead.se plus.google.com plus.url.google.com pocket.co
			pro.homeadvisor.com pulse.yahoo.com qzone.qq.com researchgate.net rtl.de scoop.it shareit shvoong.com
			sites.google.com skype slashdot.org slideshare.net smartnews.com social sociallife.com.br spaces.live.com
			ssense.com stardoll.com studivz.net suomi24.fi taringa.net trustpilot twoo.com unblog.fr urbanspoon.com
			ushareit.com ushi.cn vg.no video.ibm.com vkontakte.ru web.skype.com wer-weiss-was.de wiki.answers.com
			wikihow.com wikitravel.org woot.com wordpress.org yahoo-mbga.jp yelp.co.uk youroom.in zalo zoo.gr`,
		dotCom: `43things activerain activeworlds addthis alumniclass americantowns anobii answerbag aolanswers askubuntu
			athlinks baby-gaga badoo bebo beforeitsnews bharatstudent blackplanet blogger blogher bloglines blogsome
			blogspot blogster blurtit brightkite brizzly buzzfeed buzznet cafemom camospace care2 catster cellufun
			chicagonow classmates classquest cocolog-nifty cozycot crunchyroll deviantart dianping digg diigo disqus
			dogster dol2day doostang dopplr douban drugs-forum dzone elftown extole faceparty fanpop fark fc2 feministing
			filmaffinity flickr flipboard folkdirect foodservice fotki fotolog foursquare friendfeed fubar gaiaonline
			gamerdna glassboard glassdoor godtube goldstar goodreads govloop gowalla habbo hi5 hootsuite houzz hoverspot
			hubculture ibibo imageshack imvu insanejournal instapaper intherooms italki jammerdirect kaneva librarything
			listal listography livejournal mocospace mouthshut movabletype mubi myheritage mylife mymodernmet myspace
			netvibes nightlifelink ning onstartups opendiary photobucket pingsta plurk posterous qapacity quechup ravelry
			redux renren reunion reverbnation ryze salespider screenrant scribd scvngr secondlife serverfault sharethis
			skyrock socialvibe spoke spruz stackapps stackexchange stackoverflow stickam superuser sweeva tagged
			taggedmail talkbiznow techmeme tencent tinyurl toolbox travellerspoint tripadvisor trombi tudou tuenti
			tweetdeck typepad vampirefreaks vampirerave wakoopa wattpad webshots weebly weread wordpress xanga xing
			yammer yelp zooppa`,
	},
	{
		class: searchSite,
		names: `360.cn alice aol ask auone avg babylon biglobe biglobe.co.jp biglobe.ne.jp centrum.cz cnn comcast conduit
			email.seznam.cz eniro exalead.com excite.com firmy.cz globo go.mail.ru incredimail kvasir lycos
			mail.rambler.ru najdi ntp.msn.com onet onet.pl rakuten rakuten.co.jp rambler rambler.ru search-results
			search.aol.co.uk search.aol.com search.smt.docomo.ne.jp search.ukr.net secureurl.ukr.net seznam seznam.cz
			so.com sp-web.search.auone.jp startsiden startsiden.no suche.aol.de terra tut.by ukr virgilio
			websearch.rakuten.co.jp`,
		dotCom: `dogpile msn`,
	},
}

func (l siteList) all() []string {
	all := strings.Fields(l.names)
	for _, name := range strings.Fields(l.dotCom) {
		all = append(all, name, name+".com")
	}
	return all
}
