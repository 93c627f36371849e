package Onair::Icecast;

# A real Icecast on a free port and source clients that stream to it.
#
#   my $icecast = Onair::Icecast->new;
#   $icecast->source('/rock', name => 'Rock FM');
#   $icecast->title('/rock', 'Artist - Title');
#   ... proxy_pass http://127.0.0.1:$port/status-json.xsl ...
#   $icecast->stop_source('/rock');
#
# A source client is a process that sends MP3 in real time: frames of silence,
# or the files it is given (64 kbit/s), over and over.

use strict;
use warnings;

use IO::Socket::INET;
use MIME::Base64 ();
use Time::HiRes qw(time sleep);

use Onair::Http;
use Onair::Process qw(free_port wait_for spawn spawn_sub is_running terminate
    scratch_dir slurp spew);

our $password = 'hackme';

# One frame of MPEG-1 layer III, 64 kbit/s, 44.1 kHz, mono, holding silence.
our $silence = "\xff\xfb\x50\xc4" . "\0" x 204;

sub binary
{
    for my $path (split(/:/, $ENV{PATH}), '/usr/bin', '/usr/local/bin') {
        for my $name (qw(icecast2 icecast)) {
            return "$path/$name" if -x "$path/$name";
        }
    }
    return;
}

sub new
{
    my ($class, %given) = @_;
    my $self = bless { sources => {}, %given, dir => scratch_dir() }, $class;
    $self->{port} //= free_port();
    $self->start;
    return $self;
}

sub port { return $_[0]{port} }

sub config
{
    my ($self) = @_;
    my $share = (grep { -d } qw(/usr/share/icecast2 /usr/share/icecast
        /usr/local/share/icecast))[0] // die "no Icecast files\n";
    my $owner = $> == 0
        ? '<changeowner><user>nobody</user><group>nogroup</group></changeowner>'
        : '';
    my $more = $self->{config} // '';
    return <<"END";
<icecast>
  <location>Earth</location>
  <admin>icemaster\@localhost</admin>
  <hostname>localhost</hostname>
  <limits>
    <clients>200</clients><sources>20</sources>
    <source-timeout>5</source-timeout><burst-size>16384</burst-size>
  </limits>
  <authentication>
    <source-password>$password</source-password>
    <relay-password>$password</relay-password>
    <admin-user>admin</admin-user><admin-password>$password</admin-password>
  </authentication>
  <listen-socket>
    <port>$self->{port}</port><bind-address>127.0.0.1</bind-address>
  </listen-socket>
  <fileserve>1</fileserve>
  $more
  <paths>
    <basedir>$share</basedir><logdir>$self->{dir}</logdir>
    <webroot>$share/web</webroot><adminroot>$share/admin</adminroot>
  </paths>
  <logging>
    <accesslog>access.log</accesslog><errorlog>error.log</errorlog>
    <loglevel>3</loglevel>
  </logging>
  <security><chroot>0</chroot>$owner</security>
</icecast>
END
}

sub start
{
    my ($self) = @_;
    my $binary = binary() or die "no icecast2\n";
    spew("$self->{dir}/icecast.xml", $self->config);
    $self->{pid} = spawn("$self->{dir}/output", $binary, '-c',
        "$self->{dir}/icecast.xml");
    wait_for(
        sub {
            return 'dead' unless is_running($self->{pid});
            return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                PeerPort => $self->{port}, Timeout => 1);
        },
        20);
    die "Icecast did not start:\n", slurp("$self->{dir}/output"), "\n"
        unless is_running($self->{pid});
    return $self;
}

sub stop
{
    my ($self, $signal) = @_;
    terminate(delete $self->{pid}, $signal // 'TERM', 10) if $self->{pid};
}

sub authorization
{
    my ($user) = @_;
    return 'Basic ' . MIME::Base64::encode_base64("$user:$password", '');
}

# Connects a source client to a mount and returns when Icecast lists it.
# name, description, genre, url, bitrate; files (MP3, played over and over).
sub source
{
    my ($self, $mount, %given) = @_;
    my @lines = ("SOURCE $mount HTTP/1.0",
        'Authorization: ' . authorization('source'),
        'Content-Type: audio/mpeg');
    for my $name (qw(name description genre url bitrate)) {
        push @lines, "ice-$name: $given{$name}" if defined $given{$name};
    }
    # Icecast drops who comes while it is still busy with its start.
    my ($socket, $reply);
    wait_for(
        sub {
            $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                PeerPort => $self->{port}) or return;
            print $socket join("\r\n", @lines, '', '');
            $socket->flush;
            $reply = <$socket>;
        },
        10);
    $reply //= '';
    die "Icecast refused the source: $reply\n" unless $reply =~ / 200 /;
    $self->{sources}{$mount} = spawn_sub("$self->{dir}/source.log",
        sub { stream($socket, $given{files}) });
    close $socket;
    wait_for(sub { $self->status =~ /\Q$mount\E"/ }, 10)
        or die "Icecast does not list $mount\n";
    return $self;
}

# An orderly end, or with KILL as $signal none.
sub stop_source
{
    my ($self, $mount, $signal) = @_;
    terminate(delete $self->{sources}{$mount}, $signal // 'TERM', 5);
    return wait_for(sub { $self->status !~ /\Q$mount\E"/ }, 10);
}

# The text of status-json.xsl.
sub status
{
    my ($self) = @_;
    my $answer = Onair::Http->get($self->{port}, '/status-json.xsl') // return;
    return $answer->{body};
}

# The call that encoders make; $song is sent as it is, percent-encoded.
sub title
{
    my ($self, $mount, $song, %more) = @_;
    my %given = (mount => $mount, mode => 'updinfo', song => $song, %more);
    my $query = join '&', map { "$_=" . escape($given{$_}) } sort keys %given;
    my $answer = Onair::Http->get($self->{port}, "/admin/metadata?$query",
        headers => { Authorization => authorization('admin') });
    return $answer && $answer->{status} == 200;
}

sub escape
{
    my ($text) = @_;
    utf8::encode($text) if utf8::is_utf8($text);
    $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
    return $text;
}

# In the source client's process: a tenth of a second of sound at a time, some
# ahead. Icecast takes a new title with the next piece.
sub stream
{
    my ($socket, $files) = @_;
    my $data = join '', map { slurp($_) } @{ $files // [] };
    $data = $silence x 40 if $data eq '';
    my $size = 64_000 / 8 / 10;
    my $sent_until = time - 4;
    my $at = 0;
    while (1) {
        my $piece = substr $data, $at, $size;
        $piece .= substr $data, 0, $size - length $piece;
        $at = ($at + $size) % length $data;
        print $socket $piece;
        $socket->flush or return;
        $sent_until += 0.1;
        my $pause = $sent_until - time;
        sleep $pause if $pause > 0;
    }
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $@, $!);
    terminate($_, 'TERM', 2) for values %{ $self->{sources} };
    $self->stop;
}

1;
