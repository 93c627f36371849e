#!/usr/bin/env perl

# Encoders as they are: Liquidsoap pushes its metadata, curl and encoders of
# the Icecast kind make the updinfo call with their password.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use MIME::Base64 qw(encode_base64);
use Test::More;

use Onair::Http;
use Onair::Process qw(spawn terminate wait_for slurp spew);
use Onair::Server;
use Onair::Stream;
use Onair::WebSocket;

binmode $_, ':utf8' for Test::More->builder->output,
    Test::More->builder->failure_output;

my $server = Onair::Server->new(workers => 2,
    files => { passwords => "source:{PLAIN}hackme\n" }, http => <<'END');
    onair_drain 0s;
    server {
        listen 127.0.0.1:%%PORT%%;
        location /live/ { onair; }
        location /in/ { onair_publish; }
        location = /admin/metadata {
            auth_basic Icecast; auth_basic_user_file %%DIR%%/passwords;
            onair_publish;
        }
        location = /admin.cgi { onair_publish shout; }
    }
END
my $port = $server->port;
my $login = 'Basic ' . encode_base64('source:hackme', '');

sub program
{
    my ($name) = @_;
    return (grep { -x } map { "$_/$name" } split /:/, $ENV{PATH})[0];
}

sub text_of
{
    return Onair::Http->json($port, "/live/$_[0]")->{now}{text};
}

sub liquidsoap_pushes
{
    my $liquidsoap = program('liquidsoap');
    my $script = $server->dir . '/radio.liq';
    utf8::encode(my $text = <<"END");
settings.init.allow_root.set(true)
settings.log.file.set(false)
settings.log.stdout.set(true)
s = insert_metadata(sine())
def push(m) =
  thread.run({
    ignore(http.post(headers=[("Content-Type", "application/json")],
                     data=json.stringify(m),
                     "http://127.0.0.1:$port/in/radio"))
  })
end
s.on_metadata(push)
titles = ref(["丸ノ内サディスティック", "He said \\"hi\\" \\\\ & <b>", "1999"])
thread.run(delay=0.5, every=0.7, {
  if !titles != [] then
    s.insert_metadata([("artist", "椎名林檎"), ("title", list.hd(!titles)),
                       ("filename", "/srv/secret/track.mp3")])
    titles := list.tl(!titles)
  end
})
output.dummy(s)
END
    spew($script, $text);
    my $ws = Onair::WebSocket->connect(port => $port, path => '/live/radio');
    $ws->json;
    my $pid = spawn($server->dir . '/liquidsoap.log', $liquidsoap, $script);
    my @seen;
    for (1 .. 3) {
        my $message = $ws->text(@seen ? 10 : 60) // last;
        unlike($message, qr/secret/, 'no file name leaks');
        push @seen, JSON::PP->new->utf8->decode($message)->{now};
    }
    terminate($pid, 'TERM', 5);
    is_deeply([map { "$_->{artist}|$_->{title}" } @seen],
        ['椎名林檎|丸ノ内サディスティック', '椎名林檎|He said "hi" \\ & <b>',
            '椎名林檎|1999'], 'Liquidsoap\'s titles arrive as they are')
        or diag slurp($server->dir . '/liquidsoap.log');
}

sub curl_sets_a_title
{
    my $curl = program('curl');
    SKIP: {
        skip 'no curl here', 4 unless $curl;
        my $log = $server->dir . '/curl.log';
        my $call = sub {
            unlink $log;
            waitpid spawn($log, $curl, '-sS', '-w', '%{http_code}', @_), 0;
            return slurp($log);
        };
        my $url = "http://127.0.0.1:$port/admin/metadata?mode=updinfo"
            . '&mount=/curl&song=C%C3%BCrl%20-%20Song';
        like($call->('-u', 'source:hackme', $url),
            qr{<return>1</return></iceresponse>\n200$}, 'curl with updinfo');
        is(text_of('curl'), 'Cürl - Song', 'sets the title');
        like($call->('-u', 'source:wrong', $url), qr/401$/,
            'a wrong password does not');
        is($call->('--data-urlencode', 'song=A & B - C+D',
            "http://127.0.0.1:$port/in/curl"), 204, 'curl with form fields');
        is(text_of('curl'), 'A & B - C+D', 'sets it too');
        is($call->('-d', '{"title":"J","artist":"S"}',
            "http://127.0.0.1:$port/in/curl"), 204, 'curl -d with JSON');
        is(text_of('curl'), 'S - J', 'which it calls a form');
    }
}

sub raw
{
    my ($text) = @_;
    my $stream = Onair::Stream->open_stream(port => $port);
    $stream->send_bytes($text);
    return $stream->until_eof(5);
}

sub encoders_make_the_updinfo_call
{
    my %calls = (
        butt => "GET /admin/metadata?mode=updinfo&mount=%2Fbutt"
            . "&song=B%C3%BCtt+-+Song&charset=UTF-8 HTTP/1.0\r\n"
            . "User-Agent: butt 0.1.34\r\nAuthorization: $login\r\n\r\n",
        ices => "GET /admin/metadata?mode=updinfo&mount=/ices"
            . "&song=Ices%20%2D%20Song HTTP/1.0\r\nHost: localhost\r\n"
            . "User-Agent: libshout/2.4.5\r\nAuthorization: $login\r\n\r\n",
        ezstream => "GET /admin/metadata?mode=updinfo&mount=/ezstream"
            . "&artist=Ez&title=Stream HTTP/1.1\r\nHost: localhost\r\n"
            . "Connection: close\r\nAuthorization: $login\r\n\r\n",
        mixxx => "GET /admin/metadata?mode=updinfo&charset=UTF-8"
            . "&mount=mixxx&song=Mixxx%20-%20%26%20%3D HTTP/1.0\r\n"
            . "Authorization: $login\r\n\r\n",
    );
    for my $name (sort keys %calls) {
        my $answer = raw($calls{$name}) // '';
        like($answer, qr{^HTTP/1\.1 200 .*<return>1</return>}s,
            "$name is answered as by Icecast");
        (my $without = $calls{$name}) =~ s/Authorization: [^\r]*\r\n//;
        like(raw($without), qr{^HTTP/1\.1 401 }, '... not without password');
    }
    is(text_of('butt'), 'Bütt - Song', 'butt\'s title');
    is(text_of('ices'), 'Ices - Song', 'ices\'');
    is(text_of('ezstream'), 'Ez - Stream', 'ezstream\'s');
    is(text_of('mixxx'), 'Mixxx - & =', 'Mixxx\'');

    # SHOUTcast's, which names no mount.
    like(raw("GET /admin.cgi?pass=hackme&mode=updinfo&song=Shout%20-%20Cast"
        . " HTTP/1.0\r\nUser-Agent: (Mozilla Compatible)\r\n\r\n"),
        qr{ 200 }, 'admin.cgi is answered');
    is(text_of('shout'), 'Shout - Cast', 'and sets the title');
}

if (program('liquidsoap')) {
    liquidsoap_pushes();
} else {
    note 'no Liquidsoap here';
}
curl_sets_a_title();
encoders_make_the_updinfo_call();
$server->end_checks;
done_testing();
