package Onair::WebSocket;

# A WebSocket client with its own frame codec (RFC 6455, 7692), so that a test
# can also send what no well-behaved client would.
#
#   my $ws = Onair::WebSocket->connect(port => $port, path => '/live/rock');
#   is($ws->status, 101);
#   my $state = $ws->json;              # of the next text message
#   $ws->send_text('...'); $ws->send_frame(9, 'x', mask => 0);
#   is($ws->close_code(5), 1012);       # waits for the server's close frame

use strict;
use warnings;

use Compress::Raw::Zlib ();
use Digest::SHA ();
use JSON::PP ();
use MIME::Base64 ();
use Time::HiRes qw(time);

use parent 'Onair::Stream';

our %opcode = (continuation => 0, text => 1, binary => 2, close => 8,
    ping => 9, pong => 10);

# port, path; headers (undef leaves one of ours out), origin, protocol,
# deflate (1, or the text of the offer), key, early (bytes sent right behind
# the request), and what a stream takes.
sub connect
{
    my ($class, %given) = @_;
    my $self = $class->open_stream(%given);
    $self->{key} = $given{key} // MIME::Base64::encode_base64(
        pack('N4', map { int rand 2**32 } 1 .. 4), '');
    my %headers = (
        Upgrade => 'websocket',
        Connection => 'Upgrade',
        'Sec-WebSocket-Version' => 13,
        'Sec-WebSocket-Key' => $self->{key},
    );
    $headers{Origin} = $given{origin} if defined $given{origin};
    $headers{'Sec-WebSocket-Protocol'} = $given{protocol}
        if defined $given{protocol};
    $headers{'Sec-WebSocket-Extensions'} = $given{deflate} eq '1'
        ? 'permessage-deflate; client_max_window_bits' : $given{deflate}
        if $given{deflate};
    $self->send_bytes(
        Onair::Stream::request_text(%given,
            headers => { %headers, %{ $given{headers} // {} } })
            . ($given{early} // ''));
    $self->{head} = $self->head($given{timeout});
    return $self;
}

sub status { return $_[0]{head} && $_[0]{head}{status} }

sub header { return $_[0]{head}{headers}{ lc $_[1] } }

# Whether Sec-WebSocket-Accept answers our key.
sub accept_is_right
{
    my ($self) = @_;
    my $want = MIME::Base64::encode_base64(
        Digest::SHA::sha1($self->{key} . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'),
        '');
    return ($self->header('Sec-WebSocket-Accept') // '') eq $want;
}

# The body of a refusal.
sub refusal
{
    my ($self) = @_;
    my $length = $self->header('Content-Length');
    return defined $length ? $self->bytes($length) : $self->until_eof;
}

# The bytes of a frame; fin, rsv (1 to 7, 4 is rsv1), mask (0, or 4 bytes),
# length (what the head claims instead of the payload's), long (64: the length
# in more bytes than it needs).
sub frame_bytes
{
    my ($opcode, $payload, %given) = @_;
    my $first = (($given{fin} // 1) << 7) | (($given{rsv} // 0) << 4) | $opcode;
    my $mask = $given{mask} // pack 'N', int rand 2**32;
    my $bit = $mask eq '0' ? 0 : 0x80;
    my $length = $given{length} // length $payload;
    my $form = $given{long} // ($length < 126 ? 7 : $length < 65536 ? 16 : 64);
    my $head = $form == 7 ? pack('CC', $first, $bit | $length)
        : $form == 16 ? pack('CCn', $first, $bit | 126, $length)
        : pack('CCQ>', $first, $bit | 127, $length);
    return $head . $payload if $mask eq '0';
    my $times = int(length($payload) / 4) + 1;
    return $head . $mask
        . ($payload ^ substr($mask x $times, 0, length $payload));
}

sub send_frame
{
    my ($self, $opcode, $payload, %given) = @_;
    return $self->send_bytes(frame_bytes($opcode, $payload // '', %given));
}

sub send_text { return $_[0]->send_frame(1, $_[1]) }
sub send_ping { return $_[0]->send_frame(9, $_[1] // '') }

# Without a code an empty close frame.
sub send_close
{
    my ($self, $code, $reason) = @_;
    return $self->send_frame(8,
        defined $code ? pack('n', $code) . ($reason // '') : '');
}

# The next frame as { fin, rsv, opcode, masked, payload }; nothing when none
# came whole in time or the server closed (then eof() is true).
sub frame
{
    my ($self, $seconds) = @_;
    return $self->take(
        sub {
            return if length $_[0] < 2;
            my ($first, $second) = unpack 'CC', $_[0];
            my ($length, $at) = ($second & 127, 2);
            if ($length == 126) {
                return if length $_[0] < 4;
                ($length, $at) = (unpack('x2n', $_[0]), 4);
            } elsif ($length == 127) {
                return if length $_[0] < 10;
                ($length, $at) = (unpack('x2Q>', $_[0]), 10);
            }
            my $masked = $second >> 7;
            $at += 4 if $masked;
            return if length $_[0] < $at + $length;
            my $payload = substr $_[0], $at, $length;
            substr $_[0], 0, $at + $length, '';
            return { fin => $first >> 7, rsv => $first >> 4 & 7,
                opcode => $first & 15, masked => $masked,
                payload => $payload };
        },
        $seconds);
}

# The next whole data message as { opcode, payload }, inflated. Pings are
# answered on the way (unless {mute}) and counted in {pings}; a close frame
# ends the waiting and stays in {close}.
sub message
{
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // $self->{timeout});
    while (!$self->{close}) {
        my $left = $until - time;
        my $frame = $self->frame($left > 0 ? $left : 0) // return;
        my $opcode = $frame->{opcode};
        if ($opcode >= 8) {
            $self->control($frame);
            next;
        }
        my $part = $self->{part};
        if ($part) {
            $part->{payload} .= $frame->{payload};
        } else {
            $part = $self->{part} = $frame;
        }
        next unless $frame->{fin};
        delete $self->{part};
        $part->{wire} = length $part->{payload};
        $part->{payload} = $self->inflate($part->{payload})
            if $part->{rsv} & 4;
        return $part;
    }
    return;
}

sub control
{
    my ($self, $frame) = @_;
    if ($frame->{opcode} == 9) {
        $self->{pings}++;
        $self->send_frame(10, $frame->{payload}) unless $self->{mute};
    } elsif ($frame->{opcode} == 10) {
        push @{ $self->{pongs} }, $frame->{payload};
    } elsif ($frame->{opcode} == 8) {
        $self->{close} = $frame;
    }
}

sub inflate
{
    my ($self, $data) = @_;
    my $inflater = Compress::Raw::Zlib::Inflate->new(
        -WindowBits => -15, -AppendOutput => 1);
    $data .= "\x00\x00\xff\xff";
    my $out = '';
    my $status = $inflater->inflate($data, $out);
    die "deflated badly: $status\n" unless $status == 0 || $status == 1;
    return $out;
}

# The next text message; nothing when another kind came or none in time.
sub text
{
    my ($self, $seconds) = @_;
    my $message = $self->message($seconds) // return;
    return $message->{opcode} == 1 ? $message->{payload} : undef;
}

sub json
{
    my ($self, $seconds) = @_;
    my $text = $self->text($seconds) // return;
    return JSON::PP->new->utf8->decode($text);
}

# Skips what comes before the server's close frame; its code, 0 for an empty
# one, nothing when none came. The reason is in {reason}.
sub close_code
{
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // $self->{timeout});
    while (!$self->{close}) {
        my $left = $until - time;
        last if $left <= 0 || $self->{eof} && !length $self->{in};
        $self->message($left);
    }
    my $close = $self->{close} // return;
    return 0 if length $close->{payload} < 2;
    $self->{reason} = substr $close->{payload}, 2;
    return unpack 'n', $close->{payload};
}

1;
