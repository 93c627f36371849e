package Onair::Server;

# The stock nginx with this module, in a directory and on ports of its own:
#
#   my $server = Onair::Server->new(workers => 2, http => <<'END');
#       server { listen 127.0.0.1:%%PORT%%; location /live/ { onair; } }
#   END
#   ... $server->port ... $server->reload ...
#   $server->stop;
#   $server->end_checks;
#
# In a text %%PORT%% and %%PORT_name%% stand for free ports, %%DIR%% for the
# directory. Other parts: main (before events), events, files (name => text,
# under %%DIR%%), workers, master (0: one process), log_level, connections,
# or config, the whole text. ONAIR_NGINX names the binary, ONAIR_MODULE the
# module (empty: it is built in), ONAIR_NGINX_MAIN more lines for the top.

use strict;
use warnings;

use IO::Socket::INET;
use Test::More ();

use Onair::Process qw(free_port wait_for spawn is_running terminate
    scratch_dir slurp spew children);

my $bad = qr/\[(?:alert|emerg|crit)\]|open socket \S+ left|open socket #\d+ left
    |exited on signal|AddressSanitizer|LeakSanitizer|runtime\ error:/x;

sub new
{
    my ($class, %given) = @_;
    my $self = bless { workers => 2, master => 1, log_level => 'info',
        connections => 1024, %given, dir => scratch_dir() }, $class;
    mkdir "$self->{dir}/$_" for qw(conf temp html);
    chmod 0777, "$self->{dir}/temp";
    # Whoever took one of the ports meanwhile has it: nobody knows them yet.
    for my $try (1 .. 5) {
        $self->{ports} = { %{ $given{ports} // {} } };
        $self->write_files($self->{files});
        $self->write_config;
        return $self if $given{stopped} || eval { $self->start };
        die $@ if $try == 5 || $@ !~ /bind\(\) to .*failed/;
        unlink "$self->{dir}/error.log", "$self->{dir}/stderr";
    }
}

sub dir { return $_[0]{dir} }

# The port behind %%PORT%%, or behind %%PORT_name%%.
sub port
{
    my ($self, $name) = @_;
    return $self->{ports}{ $name // '' } //= free_port();
}

sub pid { return $_[0]{pid} }

sub fill
{
    my ($self, $text) = @_;
    $text =~ s/%%PORT(?:_(\w+))?%%/$self->port($1)/ge;
    $text =~ s/%%DIR%%/$self->{dir}/g;
    return $text;
}

sub write_files
{
    my ($self, $files) = @_;
    for my $name (keys %{ $files // {} }) {
        spew("$self->{dir}/$name", $self->fill($files->{$name}));
    }
}

# With parts given these replace the old ones.
sub write_config
{
    my ($self, %parts) = @_;
    $self->{$_} = $parts{$_} for keys %parts;
    spew("$self->{dir}/conf/nginx.conf",
        $self->fill($self->{config} // $self->whole_config));
}

sub whole_config
{
    my ($self) = @_;
    my $module = module();
    my $load = $module eq '' ? '' : "load_module $module;";
    my $master = $self->{master} ? 'on' : 'off';
    # A test may know better who its workers are.
    my $given = $ENV{ONAIR_NGINX_MAIN} // '';
    $given =~ s/\buser [^;]*;// if ($self->{main} // '') =~ /\buser /;
    my $workers = $self->{master} ? "worker_processes $self->{workers};" : '';
    my $http = in_words_of_nginx($self->{http} // '');
    return <<"END";
$load
$given
daemon off;
master_process $master;
$workers
pid %%DIR%%/nginx.pid;
error_log %%DIR%%/error.log $self->{log_level};
env ASAN_OPTIONS;
env UBSAN_OPTIONS;
env LSAN_OPTIONS;
${\ ($self->{main} // '') }
events {
    worker_connections $self->{connections};
    ${\ ($self->{events} // '') }
}
http {
    access_log off;
    client_body_temp_path %%DIR%%/temp/body;
    proxy_temp_path %%DIR%%/temp/proxy;
    fastcgi_temp_path %%DIR%%/temp/fastcgi;
    uwsgi_temp_path %%DIR%%/temp/uwsgi;
    scgi_temp_path %%DIR%%/temp/scgi;
    $http
}
END
}

# `listen ... http2` is a directive of its own since 1.25.1.
sub in_words_of_nginx
{
    my ($http) = @_;
    return $http if version() < 1025001
        || $http !~ s/^([^#\n]*\blisten\b[^;\n]*?)\s+http2\b/$1/mg;
    return "http2 on;\n$http";
}

# The version as nginx_version is: 1022001.
sub version
{
    my @parts = built_with() =~ m{nginx/(\d+)\.(\d+)\.(\d+)};
    return $parts[0] * 1_000_000 + $parts[1] * 1000 + $parts[2];
}

# What `nginx -V` says.
my $built_with;

sub built_with
{
    return $built_with if defined $built_with;
    my $nginx = nginx();
    return $built_with = `$nginx -V 2>&1`;
}

sub nginx { return $ENV{ONAIR_NGINX} // '/usr/sbin/nginx' }

sub module
{
    return $ENV{ONAIR_MODULE} if defined $ENV{ONAIR_MODULE};
    return ($ENV{ONAIR_BUILD} // 'build') . '/ngx_http_onair_module.so';
}

sub arguments
{
    my ($self) = @_;
    return (nginx(), '-p', $self->{dir}, '-c', "$self->{dir}/conf/nginx.conf",
        '-e', "$self->{dir}/error.log");
}

# What `nginx -t` says about the configuration; in a list also its exit code.
sub test_config
{
    my ($self) = @_;
    my $log = "$self->{dir}/test.log";
    unlink $log;
    my $pid = spawn($log, $self->arguments, '-t');
    waitpid $pid, 0;
    my $code = $? >> 8;
    return wantarray ? (slurp($log), $code) : slurp($log);
}

sub start
{
    my ($self) = @_;
    $self->{pid} = spawn("$self->{dir}/stderr", $self->arguments);
    my $up = wait_for(
        sub {
            return 'dead' unless is_running($self->{pid});
            return $self->is_up;
        },
        30) // 'late';
    die "nginx did not start ($up):\n", $self->log, "\n" if $up ne 'up';
    return $self;
}

sub is_up
{
    my ($self) = @_;
    return unless -s "$self->{dir}/nginx.pid";
    return if $self->{master} && $self->workers < $self->{workers};
    for my $port ($self->listening) {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $port, Timeout => 1) or return;
    }
    return 'up';
}

# TCP ports of loopback in the configuration's listen directives.
sub listening
{
    my ($self) = @_;
    my $text = slurp("$self->{dir}/conf/nginx.conf");
    my %seen;
    return grep { !$seen{$_}++ }
        $text =~ /^[^#\n]*\blisten\s+127\.0\.0\.1:(\d+)(?![^;]*\bquic\b)/mg;
}

# Pids of workers that are in service: not of those that are shutting down.
sub workers
{
    my ($self) = @_;
    return $self->workers_like(qr/^nginx: worker process\s*\z/);
}

sub leaving_workers
{
    my ($self) = @_;
    return $self->workers_like(qr/^nginx: worker process is shutting down/);
}

sub workers_like
{
    my ($self, $title) = @_;
    return ($self->{pid}) unless $self->{master};
    return grep {
        my $line = slurp("/proc/$_/cmdline") // '';
        $line =~ s/\0+\z//;
        $line =~ $title;
    } children($self->{pid});
}

sub signal
{
    my ($self, $signal, $pid) = @_;
    return kill $signal, $pid // $self->{pid};
}

# Reloads (with new parts, if given) and returns when all workers are new ones
# that serve; the old ones may still be shutting down.
sub reload
{
    my ($self, %parts) = @_;
    $self->write_config(%parts) if %parts;
    my %old = map { $_ => 1 } $self->workers;
    my $seen = length $self->log;
    $self->signal('HUP');
    my $done = wait_for(
        sub {
            return 'refused' if substr($self->log, $seen) =~ /\[emerg\]/;
            my @now = $self->workers;
            return @now >= $self->{workers} && !grep { $old{$_} } @now;
        },
        30);
    die "nginx did not reload:\n", substr($self->log, $seen), "\n"
        if !$done || $done eq 'refused';
    return $self->workers;
}

# Kills one worker and returns when another has its place.
sub kill_worker
{
    my ($self, $pid, $signal) = @_;
    $pid //= ($self->workers)[0];
    $self->signal($signal // 'KILL', $pid);
    wait_for(
        sub {
            my @now = $self->workers;
            return @now >= $self->{workers} && !grep { $_ == $pid } @now;
        },
        30) or die "no worker took the place of $pid\n";
    return $pid;
}

sub log
{
    my ($self) = @_;
    return (slurp("$self->{dir}/error.log") // '')
        . (slurp("$self->{dir}/stderr") // '');
}

# Stops a worker and returns when it stands still: until then the kernel may
# still give it a connection, which nobody else would take up.
sub stand_still
{
    my ($self, $pid) = @_;
    $self->signal('STOP', $pid);
    return wait_for(sub { (slurp("/proc/$pid/stat") // '') =~ /\) T / });
}

# Waits until the log has a line that matches.
sub wait_log
{
    my ($self, $pattern, $seconds) = @_;
    return wait_for(sub { $self->log =~ $pattern }, $seconds);
}

# Graceful by default (QUIT); returns whether it went by itself with status 0.
sub stop
{
    my ($self, $signal, $seconds) = @_;
    my $pid = delete $self->{pid} or return 1;
    my $status = terminate($pid, $signal // 'QUIT', $seconds // 20);
    $self->{hung} = 1 unless defined $status;
    return defined $status && $status == 0;
}

# Lines that no run may leave behind, but those that match one of `allow`.
sub bad_lines
{
    my ($self, %given) = @_;
    my @allow = @{ $given{allow} // [] };
    return grep {
        my $line = $_;
        $line =~ $bad && !grep { $line =~ $_ } @allow;
    } split /\n/, $self->log . $self->reports;
}

sub reports
{
    my ($self) = @_;
    return join '', map { slurp($_) // '' } glob "$self->{dir}/*san.*";
}

# Stops the server if it runs; as a test: it went when asked and left no
# alarming line. allow => [qr/.../, ...] are lines that the test provoked.
sub end_checks
{
    my ($self, %given) = @_;
    $self->stop;
    my $said = join "\n", $self->bad_lines(%given);
    $said .= "\nnginx had to be killed" if $self->{hung};
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return Test::More::is($said, '',
        $given{name} // 'the error log holds nothing alarming');
}

sub DESTROY
{
    my ($self) = @_;
    local ($?, $@, $!);
    terminate(delete $self->{pid}, 'TERM', 5) if $self->{pid};
}

1;
