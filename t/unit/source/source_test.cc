// Every capture in t/fixtures, and what read() promises beside.
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

struct Row {
    const char* path;
    const char* format;  // or the word of the fault
    // A station: name, on or off, listeners/peak/unique, artist | title; at
    // most 40 bytes of each of the latter.
    const char* stations;
};

constexpr Row kRows[] = {
    // The same root, but no title in them: not an answer about a station.
    {"icecast-2.4.4/admin-listclients.xml", "unknown_format", ""},
    {"icecast-2.4.4/admin-listmounts.xml", "unknown_format", ""},
    {"icecast-2.4.4/admin-stats-3-mounts.xml", "icecast-xml",
     "hidden.mp3 on 0/0/-1  | \n"
     "live.mp3 on 0/0/-1  | Fine\n"
     "utf8.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/admin-stats-bad-utf8.xml", "icecast-xml",
     "hidden.mp3 on 0/0/-1  | \n"
     "live.mp3 on 0/0/-1 <b> & \"q\" | \n"
     "utf8.mp3 on 0/0/-1  | a/b\n"},
    {"icecast-2.4.4/admin-stats-control-bytes.xml", "icecast-xml",
     "hidden.mp3 on 0/0/-1  | \n"
     "live.mp3 on 0/0/-1  | \n"
     "utf8.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/admin-stats-markup.xml", "icecast-xml",
     "hidden.mp3 on 0/0/-1  | \n"
     "live.mp3 on 0/0/-1 <b> & \"q\" | \n"
     "utf8.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/admin-stats-mount.xml", "icecast-xml",
     "live.mp3 on 0/0/-1 Hdr | Test\n"},
    {"icecast-2.4.4/admin-stats.xml", "icecast-xml",
     "live.mp3 on 0/0/-1 Hdr | Test\n"},
    {"icecast-2.4.4/artist-param-only.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | The Title\n"},
    {"icecast-2.4.4/bad-utf8-overlong-param.json", "icecast",
     "live.mp3 on 0/0/-1  | a/bc\n"},
    {"icecast-2.4.4/bidi-zwsp-utf8-param.json", "icecast",
     "live.mp3 on 0/0/-1  | שלום abc x\n"},
    {"icecast-2.4.4/charset-latin1-as-utf8.json", "icecast",
     "live.mp3 on 0/0/-1  | caf\n"},
    {"icecast-2.4.4/charset-latin1-noparam.json", "icecast",
     "live.mp3 on 0/0/-1 café | Björk\n"},
    {"icecast-2.4.4/charset-sjis-param.json", "icecast",
     "live.mp3 on 0/0/-1  | 日本\n"},
    {"icecast-2.4.4/charset-unknown-param.json", "icecast",
     "live.mp3 on 0/0/-1  | café\n"},
    {"icecast-2.4.4/charset-utf8-param.json", "icecast",
     "live.mp3 on 0/0/-1  | café – Björk\n"},
    {"icecast-2.4.4/emoji-utf8-noparam.json", "icecast",
     "live.mp3 on 0/0/-1 🎵 Party 🎉👩‍👩‍👧 | Émoji\n"},
    {"icecast-2.4.4/fallback-active.json", "icecast",
     "backup.mp3 on 1/1/-1  | Backup Jingle\n"
     "main.mp3 off 0/-1/-1  | \n"},
    {"icecast-2.4.4/fallback-main-back.json", "icecast",
     "backup.mp3 on 0/1/-1  | Backup Jingle\n"
     "main.mp3 on 1/1/-1  | \n"},
    {"icecast-2.4.4/hidden-mount-filter.json", "icecast", ""},
    {"icecast-2.4.4/hidden-mount.json", "icecast",
     "live.mp3 on 0/3/-1 Mp3 Artist | Mp3 Title\n"},
    {"icecast-2.4.4/japanese-utf8-param.json", "icecast",
     "live.mp3 on 0/0/-1 椎名林檎 | 丸ノ内サディスティック\n"},
    {"icecast-2.4.4/listeners-0-peak-3.json", "icecast",
     "live.mp3 on 0/3/-1 Mp3 Artist | Mp3 Title\n"},
    {"icecast-2.4.4/listeners-3.json", "icecast",
     "live.mp3 on 3/3/-1 Mp3 Artist | Mp3 Title\n"},
    {"icecast-2.4.4/long-title-1000.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | "
     "L1000-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"},
    {"icecast-2.4.4/long-title-3900.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | "
     "L3900-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"},
    {"icecast-2.4.4/long-title-4096.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | "
     "L3900-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"},
    {"icecast-2.4.4/mount-charset-utf8-bidi.json", "icecast",
     "utf8.mp3 on 0/0/-1  | שלום abc x\n"},
    {"icecast-2.4.4/mount-charset-utf8-emoji.json", "icecast",
     "utf8.mp3 on 0/0/-1 🎵 Party 🎉👩‍👩‍👧 | Émoji\n"},
    {"icecast-2.4.4/mount-charset-utf8-japanese.json", "icecast",
     "utf8.mp3 on 0/0/-1 椎名林檎 | 丸ノ内サディスティック\n"},
    {"icecast-2.4.4/mount-charset-utf8-latin1-bytes.json", "icecast",
     "utf8.mp3 on 0/0/-1  | שלום abc x\n"},
    {"icecast-2.4.4/mount-charset-utf8-overlong.json", "icecast",
     "utf8.mp3 on 0/0/-1  | aÀ¯bí €c\n"},
    {"icecast-2.4.4/mount-charset-utf8-truncated.json", "icecast",
     "utf8.mp3 on 0/0/-1  | ab\n"},
    {"icecast-2.4.4/mount-filter-missing.json", "icecast", ""},
    {"icecast-2.4.4/mount-filter-vorbis.json", "icecast",
     "live.ogg on 0/0/-1 Ogg Artist | Ogg Title\n"},
    {"icecast-2.4.4/no-source.json", "icecast", ""},
    {"icecast-2.4.4/noncharacter-uffff-param.json", "icecast",
     "live.mp3 on 0/0/-1  | ab\n"},
    {"icecast-2.4.4/one-source-no-title.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/opus-comments.json", "icecast",
     "live.opus on 0/0/-1  | \n"},
    {"icecast-2.4.4/raw-response-status-json.http", "icecast",
     "live.mp3 on 0/0/-1 Hdr | Test\n"},
    {"icecast-2.4.4/song-with-url.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | With Url\n"},
    {"icecast-2.4.4/source-disconnected.json", "icecast", ""},
    {"icecast-2.4.4/source-hung-timed-out.json", "icecast", ""},
    {"icecast-2.4.4/startup-invalid.json", "icecast", ""},
    {"icecast-2.4.4/three-sources-mp3-vorbis.json", "icecast",
     "live.mp3 on 0/0/-1 Mp3 Artist | Mp3 Title\n"
     "live.ogg on 0/0/-1 Ogg Artist | Ogg Title\n"
     "utf8.mp3 on 0/0/-1  | Utf8 Mount\n"},
    {"icecast-2.4.4/title-ampersand.json", "icecast",
     "live.mp3 on 0/0/-1 Simon & Garfunkel | A & B\n"},
    {"icecast-2.4.4/title-backslash.json", "icecast",
     "live.mp3 on 0/0/-1 AC\\DC | Back\\in\\Black\n"},
    {"icecast-2.4.4/title-comma-number.json", "icecast",
     "live.mp3 on 0/0/-1  | 1,2\n"},
    {"icecast-2.4.4/title-cr.json", "icecast", "live.mp3 on 0/0/-1  | a b\n"},
    {"icecast-2.4.4/title-dash-spaces.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/title-dashdash.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/title-double-quotes.json", "icecast",
     "live.mp3 on 0/0/-1 He said \"hello\" | \"Quoted\"\n"},
    {"icecast-2.4.4/title-empty.json", "icecast", "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/title-esc.json", "icecast",
     "live.mp3 on 0/0/-1  | a[31mred\n"},
    {"icecast-2.4.4/title-false-mixedcase.json", "icecast",
     "live.mp3 on 0/0/-1  | false\n"},
    {"icecast-2.4.4/title-icy-delimiter.json", "icecast",
     "live.mp3 on 0/0/-1  | It's; a trap\n"},
    {"icecast-2.4.4/title-infinity.json", "icecast",
     "live.mp3 on 0/0/-1  | Infinity\n"},
    {"icecast-2.4.4/title-lone-dash.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/title-lt-gt.json", "icecast",
     "live.mp3 on 0/0/-1 <b>Bold</b> | <script>alert(1)</script>\n"},
    {"icecast-2.4.4/title-nan.json", "icecast", "live.mp3 on 0/0/-1  | NaN\n"},
    {"icecast-2.4.4/title-null.json", "icecast",
     "live.mp3 on 0/0/-1  | null\n"},
    {"icecast-2.4.4/title-number-exp-bad.json", "icecast",
     "live.mp3 on 0/0/-1  | 1e\n"},
    {"icecast-2.4.4/title-number-exp.json", "icecast",
     "live.mp3 on 0/0/-1  | 1e3\n"},
    {"icecast-2.4.4/title-number-float.json", "icecast",
     "live.mp3 on 0/0/-1  | 3.14\n"},
    {"icecast-2.4.4/title-number-huge.json", "icecast",
     "live.mp3 on 0/0/-1  | 12345678901234567890123\n"},
    {"icecast-2.4.4/title-number-neg-leading-zero.json", "icecast",
     "live.mp3 on 0/0/-1  | -05\n"},
    {"icecast-2.4.4/title-number-neg.json", "icecast",
     "live.mp3 on 0/0/-1  | -42\n"},
    {"icecast-2.4.4/title-number-plus.json", "icecast",
     "live.mp3 on 0/0/-1  | +5\n"},
    {"icecast-2.4.4/title-number-trailing-dot.json", "icecast",
     "live.mp3 on 0/0/-1  | 5.\n"},
    {"icecast-2.4.4/title-number.json", "icecast",
     "live.mp3 on 0/0/-1  | 1999\n"},
    {"icecast-2.4.4/title-param-only.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | The Title\n"},
    {"icecast-2.4.4/title-plain.json", "icecast",
     "live.mp3 on 0/0/-1 Artist Name | Song Title\n"},
    {"icecast-2.4.4/title-slash.json", "icecast",
     "live.mp3 on 0/0/-1  | a/b </script>\n"},
    {"icecast-2.4.4/title-spaces-only.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.4.4/title-true.json", "icecast",
     "live.mp3 on 0/0/-1  | true\n"},
    {"icecast-2.4.4/title-x01.json", "icecast", "live.mp3 on 0/0/-1  | ab\n"},
    {"icecast-2.4.4/title-x7f.json", "icecast", "live.mp3 on 0/0/-1  | ab\n"},
    {"icecast-2.4.4/transition-connect-0.json", "icecast", ""},
    {"icecast-2.4.4/two-plus-sources-one-lone-dash.json", "icecast",
     "live.mp3 on 0/0/-1 Mp3 Artist | Mp3 Title\n"
     "live.ogg on 0/0/-1 Upd Artist | \n"
     "utf8.mp3 on 0/0/-1  | Utf8 Mount\n"},
    {"icecast-2.4.4/two-sources.json", "icecast",
     "live.mp3 on 0/0/-1 Mp3 Artist | Mp3 Title\n"
     "utf8.mp3 on 0/0/-1  | Utf8 Mount\n"},
    {"icecast-2.4.4/updinfo-reply-opus-refused.xml", "unknown_format", ""},
    {"icecast-2.4.4/vorbis-chained-1.json", "icecast",
     "chain.ogg on 0/0/-1 The Artist | First Song\n"},
    {"icecast-2.4.4/vorbis-chained-2.json", "icecast",
     "chain.ogg on 0/0/-1 椎名林檎 | 丸ノ内 \"Q\" & <b>\n"},
    {"icecast-2.4.4/vorbis-chained-4.json", "icecast", ""},
    {"icecast-2.4.4/vorbis-updinfo-artist-title.json", "icecast",
     "live.ogg on 0/0/-1 Upd Artist | Upd Title\n"},
    {"icecast-2.4.4/vorbis-updinfo-utf8.json", "icecast",
     "live.ogg on 0/0/-1 Upd Artist | café\n"},
    {"icecast-2.5.0/artist-title-separate.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | The Title\n"},
    {"icecast-2.5.0/artist-title-separate.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 The Artist | The Title\n"},
    {"icecast-2.5.0/charset-latin1-noparam.json", "icecast",
     "live.mp3 on 0/0/-1 café | Björk\n"},
    {"icecast-2.5.0/charset-latin1-noparam.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 café | Björk\n"},
    {"icecast-2.5.0/charset-latin1-param.json", "icecast",
     "live.mp3 on 0/0/-1 café | Björk\n"},
    {"icecast-2.5.0/charset-latin1-param.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 café | Björk\n"},
    {"icecast-2.5.0/listeners-2.json", "icecast",
     "live.mp3 on 2/2/-1 The Artist | "
     "L3500-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
     "live.ogg on 0/0/-1 Ogg Artist | Ogg Title\n"
     "live.opus on 0/0/-1 Opus Artist 日本 | Opus \"Title\" <&>\n"},
    {"icecast-2.5.0/listeners-2.publicstats.json", "icecast2.5",
     "live.mp3 on 2/-1/-1 The Artist | "
     "L3500-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
     "live.ogg on 0/-1/-1 Ogg Artist | Ogg Title\n"
     "live.opus on 0/-1/-1 Opus Artist 日本 | Opus \"Title\" <&>\n"},
    {"icecast-2.5.0/long-title-3500.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | "
     "L3500-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"},
    {"icecast-2.5.0/long-title-3500.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 The Artist | "
     "L3500-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"},
    {"icecast-2.5.0/no-source.json", "icecast", ""},
    {"icecast-2.5.0/no-source.publicstats.json", "icecast2.5", ""},
    {"icecast-2.5.0/one-source-no-title.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.5.0/one-source-no-title.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | \n"},
    {"icecast-2.5.0/publicstats.xml", "icecast-xml",
     "live.mp3 on 0/-1/-1  | Lat9-1795289764.165\n"},
    {"icecast-2.5.0/raw-response-status-json.http", "icecast", ""},
    {"icecast-2.5.0/song-after-artist-title.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | SongOnly\n"},
    {"icecast-2.5.0/song-after-artist-title.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 The Artist | SongOnly\n"},
    {"icecast-2.5.0/source-disconnected.json", "icecast", ""},
    {"icecast-2.5.0/source-disconnected.publicstats.json", "icecast2.5", ""},
    {"icecast-2.5.0/three-sources.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | "
     "L3500-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
     "live.ogg on 0/0/-1 Ogg Artist | Ogg Title\n"
     "live.opus on 0/0/-1 Opus Artist 日本 | Opus \"Title\" <&>\n"},
    {"icecast-2.5.0/three-sources.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 The Artist | "
     "L3500-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
     "live.ogg on 0/-1/-1 Ogg Artist | Ogg Title\n"
     "live.opus on 0/-1/-1 Opus Artist 日本 | Opus \"Title\" <&>\n"},
    {"icecast-2.5.0/title-ampersand.json", "icecast",
     "live.mp3 on 0/0/-1 Simon & Garfunkel | A & B\n"},
    {"icecast-2.5.0/title-ampersand.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 Simon & Garfunkel | A & B\n"},
    {"icecast-2.5.0/title-backslash-quote.json", "icecast",
     "live.mp3 on 0/0/-1  | a\\\"b \\ \"c\" \\\n"},
    {"icecast-2.5.0/title-backslash-quote.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | a\\\"b \\ \"c\" \\\n"},
    {"icecast-2.5.0/title-dash-spaces.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.5.0/title-dash-spaces.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | \n"},
    {"icecast-2.5.0/title-dot.json", "icecast", "live.mp3 on 0/0/-1  | .\n"},
    {"icecast-2.5.0/title-dot.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | .\n"},
    {"icecast-2.5.0/title-emoji.json", "icecast",
     "live.mp3 on 0/0/-1 🎵 Party 🎉👩‍👩‍👧 | Émoji\n"},
    {"icecast-2.5.0/title-emoji.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 🎵 Party 🎉👩‍👩‍👧 | Émoji\n"},
    {"icecast-2.5.0/title-empty.json", "icecast",
     "live.mp3 on 0/0/-1  | a[31mred\n"},
    {"icecast-2.5.0/title-empty.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | a[31mred\n"},
    {"icecast-2.5.0/title-esc.json", "icecast",
     "live.mp3 on 0/0/-1  | a[31mred\n"},
    {"icecast-2.5.0/title-esc.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | a[31mred\n"},
    {"icecast-2.5.0/title-japanese.json", "icecast",
     "live.mp3 on 0/0/-1 椎名林檎 | 丸ノ内サディスティック\n"},
    {"icecast-2.5.0/title-japanese.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 椎名林檎 | 丸ノ内サディスティック\n"},
    {"icecast-2.5.0/title-lone-dash.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.5.0/title-lone-dash.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | \n"},
    {"icecast-2.5.0/title-lt-gt.json", "icecast",
     "live.mp3 on 0/0/-1 <b>Bold</b> | <script>alert(1)</script>\n"},
    {"icecast-2.5.0/title-lt-gt.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 <b>Bold</b> | <script>alert(1)</script>\n"},
    {"icecast-2.5.0/title-nan.json", "icecast", "live.mp3 on 0/0/-1  | NaN\n"},
    {"icecast-2.5.0/title-nan.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | NaN\n"},
    {"icecast-2.5.0/title-null.json", "icecast",
     "live.mp3 on 0/0/-1  | null\n"},
    {"icecast-2.5.0/title-null.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | null\n"},
    {"icecast-2.5.0/title-number-exp-bad.json", "icecast",
     "live.mp3 on 0/0/-1  | 1e\n"},
    {"icecast-2.5.0/title-number-exp-bad.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | 1e\n"},
    {"icecast-2.5.0/title-number-exp.json", "icecast",
     "live.mp3 on 0/0/-1  | 1e3\n"},
    {"icecast-2.5.0/title-number-exp.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | 1e3\n"},
    {"icecast-2.5.0/title-number-leading-zero.json", "icecast",
     "live.mp3 on 0/0/-1  | 007\n"},
    {"icecast-2.5.0/title-number-leading-zero.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | 007\n"},
    {"icecast-2.5.0/title-number-neg-leading-zero.json", "icecast",
     "live.mp3 on 0/0/-1  | -05\n"},
    {"icecast-2.5.0/title-number-neg-leading-zero.publicstats.json",
     "icecast2.5", "live.mp3 on 0/-1/-1  | -05\n"},
    {"icecast-2.5.0/title-number-padded-dot5.json", "icecast",
     "live.mp3 on 0/0/-1  | .5\n"},
    {"icecast-2.5.0/title-number-padded-dot5.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | .5\n"},
    {"icecast-2.5.0/title-number-trailing-dot.json", "icecast",
     "live.mp3 on 0/0/-1  | 5.0\n"},
    {"icecast-2.5.0/title-number-trailing-dot.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | 5.\n"},
    {"icecast-2.5.0/title-number.json", "icecast",
     "live.mp3 on 0/0/-1  | 1999\n"},
    {"icecast-2.5.0/title-number.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | 1999\n"},
    {"icecast-2.5.0/title-plain.json", "icecast",
     "live.mp3 on 0/0/-1 Artist Name | Song Title\n"},
    {"icecast-2.5.0/title-plain.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 Artist Name | Song Title\n"},
    {"icecast-2.5.0/title-spaces-only.json", "icecast",
     "live.mp3 on 0/0/-1  | \n"},
    {"icecast-2.5.0/title-spaces-only.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | \n"},
    {"icecast-2.5.0/title-true.json", "icecast",
     "live.mp3 on 0/0/-1  | true\n"},
    {"icecast-2.5.0/title-true.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | true\n"},
    {"icecast-2.5.0/title-utf8.json", "icecast",
     "live.mp3 on 0/0/-1  | café – Björk\n"},
    {"icecast-2.5.0/title-utf8.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1  | café – Björk\n"},
    {"icecast-2.5.0/two-sources.json", "icecast",
     "live.mp3 on 0/0/-1 The Artist | "
     "L3500-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
     "live.ogg on 0/0/-1 Ogg Artist | Ogg Title\n"},
    {"icecast-2.5.0/two-sources.publicstats.json", "icecast2.5",
     "live.mp3 on 0/-1/-1 The Artist | "
     "L3500-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
     "live.ogg on 0/-1/-1 Ogg Artist | Ogg Title\n"},
    {"liquidsoap-2.1.3/icecast-status-japanese.json", "icecast",
     "liq.mp3 on 0/0/-1 椎名林檎 | 丸ノ内 \"Q\" & <b>\n"},
    {"liquidsoap-2.1.3/post-on-metadata-pairs.http", "not_json", ""},
    {"synthetic/azuracast-nowplaying-all.json", "azuracast",
     "synthetic on 20/-1/15 Chet Porter | Aluko River\n"
     "offair off 0/-1/0  | \n"},
    {"synthetic/azuracast-nowplaying-station-offline.json", "azuracast",
     "offair off 0/-1/0  | \n"},
    {"synthetic/azuracast-nowplaying-station.json", "azuracast",
     "synthetic on 20/-1/15 Chet Porter | Aluko River\n"},
    {"synthetic/libretime-live-info.json", "libretime",
     " on -1/-1/-1 Deodato | Also Sprach Zarathustra\n"},
    {"synthetic/radioco-status.json", "radioco",
     " on -1/-1/-1 Artist | Track 1\n"},
    {"synthetic/shoutcast1-7-offline.html", "shoutcast1", " off 0/0/0  | \n"},
    {"synthetic/shoutcast1-7.html", "shoutcast1",
     " on 12/34/11 Artist | Title, with, commas\n"},
    {"synthetic/shoutcast1-viewxml.xml", "shoutcast-xml",
     " on 12/34/11 Simon & Garfunkel | Mrs. Robinson\n"},
    {"synthetic/shoutcast2-statistics.json", "shoutcast",
     "1 on 12/34/11 Simon & Garfunkel | \"Mrs. Robinson\"\n"
     "2 off 0/34/0  | \n"},
    {"synthetic/shoutcast2-stats-offline.json", "shoutcast",
     " off 0/34/0  | \n"},
    {"synthetic/shoutcast2-stats.json", "shoutcast",
     " on 12/34/11 Simon & Garfunkel | \"Mrs. Robinson\"\n"},
    {"synthetic/shoutcast2-statistics.xml", "shoutcast-xml",
     "1 on 12/34/12 Simon & Garfunkel | Mrs. Robinson\n"
     "2 off 0/34/0  | \n"},
    {"synthetic/shoutcast2-stats.xml", "shoutcast-xml",
     " on 12/34/12 Simon & Garfunkel | \"Mrs. Robinson\"\n"},
    {"synthetic/shoutcast2-viewxml.xml", "shoutcast-xml",
     " on 12/34/12 Simon & Garfunkel | \"Mrs. Robinson\"\n"},
};

std::string fixtures()
{
    const char* from = getenv("ONAIR_FIXTURES");
    return from != nullptr ? from : "t/fixtures";
}

std::string contents(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(file)),
                      std::istreambuf_iterator<char>());
    assert_true(!bytes.empty());
    if (bytes.starts_with("HTTP/")) {
        bytes.erase(0, bytes.find("\r\n\r\n") + 4);
    }
    return bytes;
}

std::string line_of(const Report& report)
{
    std::string line(report.station);
    line += report.on_air ? " on " : " off ";
    line += std::to_string(report.listeners.current) + "/" +
            std::to_string(report.listeners.peak) + "/" +
            std::to_string(report.listeners.unique) + " ";
    line += report.now.artist.substr(0, 40);
    line += " | ";
    line += report.now.title.substr(0, 40);
    return line + "\n";
}

std::string summary(const Result<Reports>& reports)
{
    std::string all;
    if (reports.ok()) {
        for (const Report& report : reports->stations) {
            all += line_of(report);
        }
    }
    return all;
}

std::string format_word(const Result<Reports>& reports)
{
    return std::string(reports.ok() ? word_of(reports->format)
                                    : word(reports.fault()));
}

void every_capture_is_read_as_a_person_would(void**)
{
    for (const Row& row : kRows) {
        Answer answer(contents(fixtures() + "/" + row.path));
        if (format_word(answer.reports) != row.format ||
            summary(answer.reports) != row.stations) {
            print_error("%s\n", row.path);
        }
        assert_string_equal(format_word(answer.reports).c_str(), row.format);
        assert_string_equal(summary(answer.reports).c_str(), row.stations);
        // Nothing that a real server writes is told as odd.
        assert_true(!answer.reports || answer.reports->odd.why.empty());
    }
}

void an_answer_is_read_in_the_set_that_the_operator_says(void**)
{
    Options options;
    options.charset = *charset_of("windows-1251");
    Answer html("<body>1,1,2,3,1,128,\xcc\xee\xf0\xe5 - T</body>", options);
    assert_true(html[0].now.text == "Море - T");
    Answer json("{\"streamstatus\":1,\"songtitle\":\"\xcc\xee\xf0\xe5\"}",
                options);
    assert_true(json[0].now.text == "Море");
    options.charset = *charset_of("shift_jis");
    Answer slash("{\"streamstatus\":1,\"songtitle\":\"\x83\x5c\"}", options);
    assert_true(slash[0].now.text == "ソ");
    Answer empty("", options);
    assert_int_equal(empty.reports.fault(), Fault::kNotJson);
}

// In UTF-16, from Latin-1.
std::string wide(std::string_view text, bool big_endian)
{
    std::string two;
    for (char c : text) {
        two += big_endian ? std::string({'\0', c}) : std::string({c, '\0'});
    }
    return two;
}

void the_head_of_an_answer_says_its_set(void**)
{
    auto document = [](std::string_view title) {
        return "{\"streamstatus\":1,\"songtitle\":\"" + std::string(title) +
               "\"}";
    };
    const struct {
        std::string_view said;
        std::string body;
        const char* text;
    } rows[] = {
        {"windows-1251", document("\xcc\xee\xf0\xe5"), "Море"},
        {"ISO-8859-1", document("caf\xe9"), "café"},
        {"iso-8859-2", document("\xa3\xf3"), "Łó"},
        // It is UTF-8 in spite of what its head says, or is not.
        {"iso-8859-1", document("Море"), "Море"},
        {"utf-16", document("Море"), "Море"},
        {"utf-8", document("caf\xe9"), "café"},
        {"klingon", document("Море"), "Море"},
        {"", document("caf\xe9"), "café"},
        {"utf-16", wide(document("caf\xe9"), false), "café"},
        {"utf-16", wide(document("caf\xe9"), true), "café"},
        {"utf-16le", wide(document("T"), false), "T"},
        {"", "\xff\xfe" + wide(document("caf\xe9"), false), "café"},
        {"utf-8", "\xfe\xff" + wide(document("caf\xe9"), true), "café"},
        {"windows-1251", "<body>1,1,2,3,1,128,\xcc - T</body>", "М - T"},
    };
    for (const auto& row : rows) {
        Options options;
        options.said = charset_of(row.said);
        Answer answer(row.body, options);
        assert_true(answer.reports.ok());
        assert_string_equal(std::string(answer[0].now.text).c_str(), row.text);
    }
    Options unknown;
    unknown.said = charset_of("klingon");
    Answer answer(document("caf\xe9"), unknown);
    assert_int_equal(answer.reports.fault(), Fault::kUnknownCharset);
}

void the_operator_s_set_is_before_the_head_s_and_that_before_the_document_s(
    void**)
{
    const std::string body =
        "<?xml version=\"1.0\" encoding=\"windows-1251\"?><icestats><source "
        "mount=\"/a\"><listenurl>/a</listenurl><stream_start>x</stream_start>"
        "<title>\xcc</title></source></icestats>";
    const struct {
        std::optional<Charset> operator_s;
        std::string_view said;
        const char* text;
    } rows[] = {
        {std::nullopt, "", "М"},
        {std::nullopt, "iso-8859-1", "Ì"},
        // Only one of the two can be right.
        {std::nullopt, "utf-8", "М"},
        {charset_of("koi8-r"), "iso-8859-1", "л"},
        {Charset(), "koi8-r", "Ì"},
    };
    for (const auto& row : rows) {
        Options options;
        options.charset = row.operator_s;
        options.said = charset_of(row.said);
        Answer answer(body, options);
        assert_string_equal(std::string(answer[0].now.text).c_str(), row.text);
    }
}

void an_xml_document_says_its_set(void**)
{
    auto document = [](std::string_view encoding, std::string_view title) {
        return "<?xml version=\"1.0\" encoding=\"" + std::string(encoding) +
               "\"?><icestats><source mount=\"/a\"><listenurl>/a</listenurl>"
               "<stream_start>x</stream_start><title>" +
               std::string(title) + "</title></source></icestats>";
    };
    Answer koi(document("KOI8-R", "\xed\xcf\xd2\xc5"));
    assert_true(koi[0].now.text == "Море");
    // It is UTF-8 in spite of what it says.
    Answer wrong(document("KOI8-R", "Море"));
    assert_true(wrong[0].now.text == "Море");
    Answer unknown(document("klingon", "\xed"));
    assert_int_equal(unknown.reports.fault(), Fault::kUnknownCharset);
    Answer plain(document("klingon", "T"));
    assert_true(plain[0].now.text == "T");
    Answer readable(document("UTF-16", "caf\xe9"));
    assert_true(readable[0].now.text == "café");
    Answer not_said(document("", "caf\xe9"));
    assert_true(not_said[0].now.text == "café");
    Answer cut("<?xml encoding=");
    assert_false(cut.reports.ok());
}

void every_capture_has_its_row(void**)
{
    namespace fs = std::filesystem;
    size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(fixtures())) {
        std::string ext = entry.path().extension();
        if (ext != ".json" && ext != ".xml" && ext != ".html" &&
            ext != ".http") {
            continue;
        }
        std::string path = fs::relative(entry.path(), fixtures());
        bool known =
            std::any_of(std::begin(kRows), std::end(kRows),
                        [&](const Row& row) { return path == row.path; });
        if (!known) {
            print_error("%s has no row\n", path.c_str());
        }
        assert_true(known);
        count++;
    }
    assert_int_equal(count, std::size(kRows));
}

void a_capture_that_ends_early_is_never_read(void**)
{
    for (const char* path :
         {"icecast-2.4.4/two-sources.json", "icecast-2.4.4/title-x01.json",
          "icecast-2.4.4/admin-stats.xml",
          "icecast-2.5.0/title-plain.publicstats.json",
          "synthetic/azuracast-nowplaying-station.json"}) {
        std::string whole = contents(fixtures() + "/" + path);
        for (size_t size = 0; size < whole.size(); size += 7) {
            Answer answer(whole.substr(0, size));
            assert_false(answer.reports.ok());
        }
    }
}

void the_stream_is_told_as_the_mount_has_it(void**)
{
    Answer answer(
        contents(fixtures() + "/icecast-2.4.4/three-sources-mp3-vorbis.json"));
    const Report& ogg = answer.reports->stations[1];
    assert_true(ogg.stream.name == "Vorbis Radio");
    assert_true(ogg.stream.genre == "various");
    assert_true(ogg.stream.description.empty());
    assert_true(ogg.stream.type == "application/ogg");
    assert_true(ogg.stream.listen == "http://localhost:18000/live.ogg");
    assert_int_equal(ogg.stream.bitrate, 48);
    assert_int_equal(ogg.since, 1795289178000);
    Answer raw(
        contents(fixtures() + "/icecast-2.4.4/raw-response-status-json.http"));
    assert_int_equal(raw.reports->stations[0].since, 1795289352000);
}

void azuracast_tells_times_history_and_what_comes_next(void**)
{
    Answer answer(
        contents(fixtures() + "/synthetic/azuracast-nowplaying-station.json"));
    const Report& report = answer.reports->stations[0];
    assert_int_equal(report.now.started, 1609480800000);
    assert_int_equal(report.now.duration_ms, 180000);
    assert_true(report.now.album == "Moving Castle");
    assert_true(report.now.art.ends_with("1609480800.jpg"));
    assert_true(report.next.artist == "Björk");
    assert_int_equal(report.next.duration_ms, 200500);
    assert_int_equal(report.history.size(), 1);
    assert_true(report.history[0].artist == "椎名林檎");
    assert_int_equal(report.history[0].started, 1609480600000);
    assert_int_equal(report.stream.bitrate, 128);
    assert_true(report.stream.type == "audio/mpeg");
}

void libretime_tells_times_in_the_zone_of_the_station(void**)
{
    std::string body =
        contents(fixtures() + "/synthetic/libretime-live-info.json");
    Answer utc(body);
    assert_int_equal(utc.reports->stations[0].now.started, 1795291320000);
    assert_int_equal(utc.reports->stations[0].now.duration_ms, 540000);
    assert_true(utc.reports->stations[0].now.art ==
                "https://libretime.example.org/api/track?id=24&return=artwork");
    assert_true(utc.reports->stations[0].history[0].artist ==
                "Earth, Wind & Fire");
    size_t at = body.find("\"timezoneOffset\":\"0\"");
    body.replace(at, 20, "\"timezoneOffset\":\"3600\"");
    Answer east(body);
    assert_int_equal(east.reports->stations[0].now.started, 1795287720000);
}

void stations_past_the_bound_are_counted(void**)
{
    Options options;
    options.max_stations = 1;
    Answer answer(contents(fixtures() + "/icecast-2.4.4/two-sources.json"),
                  options);
    assert_int_equal(answer.reports->stations.size(), 1);
    assert_int_equal(answer.reports->left_out.past_bound, 1);
}

void what_is_no_status_document_is_said_so(void**)
{
    struct Case {
        const char* body;
        Fault fault;
    };
    const Case cases[] = {
        {"", Fault::kNotJson},
        {"<html><body>502 Bad Gateway</body></html>", Fault::kUnknownFormat},
        {"<html><body>404, 1, 2</body></html>", Fault::kUnknownFormat},
        {"Not Found", Fault::kNotJson},
        {"null", Fault::kNotJson},
        {"{}", Fault::kUnknownFormat},
        {"[1]", Fault::kUnknownFormat},
        {R"({"error":"x"})", Fault::kUnknownFormat},
        {R"({"icestats":{"source":[{"listenurl":"/a"}])", Fault::kNotJson},
        {"<icestats><source mount=\"/a\">", Fault::kNotXml},
    };
    for (const Case& one : cases) {
        Answer answer{std::string(one.body)};
        assert_false(answer.reports.ok());
        assert_int_equal(answer.reports.fault(), one.fault);
    }
}

void a_format_asked_for_is_not_guessed(void**)
{
    Options options;
    options.format = Format::kAzuracast;
    Answer answer(contents(fixtures() + "/icecast-2.4.4/title-plain.json"),
                  options);
    assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
}

void a_format_has_its_word(void**)
{
    for (size_t i = 0; i < kFormats; i++) {
        auto format = static_cast<Format>(i);
        assert_int_equal(*format_of(word_of(format)), format);
    }
    assert_int_equal(*format_of("icecast2.5"), Format::kPublicstats);
    assert_int_equal(format_of("nosuch").fault(), Fault::kUnknownFormat);
}

void too_little_memory_is_a_fault(void**)
{
    std::string body =
        contents(fixtures() + "/icecast-2.4.4/japanese-utf8-param.json");
    for (size_t size = 0; size < 1600; size += 13) {
        std::vector<uint8_t> memory(size);
        Arena arena(memory);
        Result<Reports> reports = read(bytes_of(body), Options(), kNow, arena);
        assert_false(reports.ok());
        assert_int_equal(reports.fault(), Fault::kNoMemory);
    }
}

}  // namespace

int main()
{
    open_charsets();
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_capture_is_read_as_a_person_would),
        cmocka_unit_test(an_answer_is_read_in_the_set_that_the_operator_says),
        cmocka_unit_test(the_head_of_an_answer_says_its_set),
        cmocka_unit_test(
            the_operator_s_set_is_before_the_head_s_and_that_before_the_document_s),
        cmocka_unit_test(an_xml_document_says_its_set),
        cmocka_unit_test(every_capture_has_its_row),
        cmocka_unit_test(a_capture_that_ends_early_is_never_read),
        cmocka_unit_test(the_stream_is_told_as_the_mount_has_it),
        cmocka_unit_test(azuracast_tells_times_history_and_what_comes_next),
        cmocka_unit_test(libretime_tells_times_in_the_zone_of_the_station),
        cmocka_unit_test(stations_past_the_bound_are_counted),
        cmocka_unit_test(what_is_no_status_document_is_said_so),
        cmocka_unit_test(a_format_asked_for_is_not_guessed),
        cmocka_unit_test(a_format_has_its_word),
        cmocka_unit_test(too_little_memory_is_a_fault),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
