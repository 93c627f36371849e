#!/usr/bin/env perl

# Encoders that update the title at nginx instead of Icecast: the library that
# most of them have, and such as do not read what the first 401 says.

use strict;
use warnings;
use utf8;

use FindBin;
use lib "$FindBin::Bin/lib";

use MIME::Base64 qw(encode_base64);
use Test::More;

use Onair::Http;
use Onair::Process qw(wait_for);
use Onair::Server;

my $server = Onair::Server->new(workers => 1,
    files => { passwords => "source:{PLAIN}hackme\n" }, http => <<'END');
    log_format asked '$request_method $status';
    auth_basic Icecast;
    auth_basic_user_file %%DIR%%/passwords;
    server {
        listen 127.0.0.1:%%PORT%%;
        access_log %%DIR%%/asked asked;
        location = /admin/metadata { onair_publish from=any; }
        location /live/ { auth_basic off; onair; access_log off; }
    }
    server {
        listen 127.0.0.1:%%PORT_post%%;
        access_log %%DIR%%/asked-post asked;
        add_header Allow "GET, POST" always;
        location = /admin/metadata { onair_publish from=any; }
    }
END
my $port = $server->port;
my $login = 'Authorization: Basic ' . encode_base64('source:hackme', '');

sub shown
{
    my $state = Onair::Http->json($port, '/live/rock');
    return $state->{now} ? $state->{now}{text} : '';
}

sub asked
{
    my ($file) = @_;
    open my $in, '<', $server->dir . "/$file" or die "$file: $!\n";
    return join ', ', map { chomp; $_ } <$in>;
}

sub the_library_of_encoders
{
    my ($where, $file, $expected) = @_;
    my @titles = ('Artist - Eins', 'Земфира - Ромашки & <b>');
    my @bytes = map { utf8::encode(my $text = $_); $text } @titles;
    my @program = ('python3', "$FindBin::Bin/lib/libshout_update.py");
    for my $i (0, 1) {
        my $code = system(@program, $where, '/rock', 'source', 'hackme',
            $bytes[$i]) >> 8;
        return note('no libshout') if $code == 77 || $code == 127;
        is($code, 0, 'libshout is content');
        is(shown(), $titles[$i], 'and its title is told');
    }
    is(asked($file), join(', ', ($expected) x 2), 'as it was asked');
    system(@program, $where, '/rock', 'source', 'wrong', 'evil');
    is(shown(), $titles[1], 'a wrong password changes nothing');
}

# Both requests are there before an answer is read; or the first connection is
# closed at once.
sub an_encoder_that_does_not_read_the_first_401
{
    my $ask = sub { "GET /admin/metadata?mode=updinfo&mount=/rock&song=$_[0] "
        . "HTTP/1.1\r\nHost: x\r\n$_[1]\r\n" };
    my $http = Onair::Http->connect(port => $port);
    $http->send_bytes($ask->('unread', '') . $ask->('unread', "$login\r\n"));
    is($http->answer->{status}, 401, 'the first is refused');
    is($http->answer->{status}, 200, 'the second taken');
    is(shown(), 'unread', 'and told');
    $http = Onair::Http->connect(port => $port);
    $http->send_bytes($ask->('left', ''));
    $http->close_stream;
    $http = Onair::Http->connect(port => $port);
    $http->send_bytes($ask->('left', "$login\r\n"));
    is($http->answer->{status}, 200, 'also on another connection');
    is(shown(), 'left', 'and told');
    my $form = 'mode=updinfo&mount=%2frock&charset=UTF%2d8&song=a%20form';
    $http = Onair::Http->connect(port => $port);
    for my $header ('', "$login\r\n") {
        $http->send_bytes("POST /admin/metadata HTTP/1.1\r\nHost: x\r\n$header"
            . "Content-Type: application/x-www-form-urlencoded\r\n"
            . 'Content-Length: ' . length($form) . "\r\n\r\n$form");
    }
    is($http->answer->{status}, 401, 'a form is refused');
    like($http->answer->{body}, qr{<return>1</return>},
        'or taken and answered as by Icecast');
    is(shown(), 'a form', 'and told');
}

the_library_of_encoders($port, 'asked', 'GET 401, GET 200');
the_library_of_encoders($server->port('post'), 'asked-post',
    'GET 401, POST 200');
an_encoder_that_does_not_read_the_first_401();
$server->end_checks;
done_testing();
