package Onair::Front;

# The fronts of docs/fronts, each started from its file as it is printed there,
# on ports of this machine and with time-outs that a test can wait for.
#
#   my $front = Onair::Front->start('haproxy', origin => $server,
#       reserve => $other, without => qr/X-Forwarded-For/);
#   $front->port; $front->is_tls; $front->stop;
#
# `without` takes the lines out that match; `instead` is a list of pattern and
# text, for a value that is changed.

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use IO::Socket::INET;

use Onair::Process qw(free_port wait_for spawn terminate scratch_dir slurp spew
    is_running);
use Onair::Server;
use Onair::Tls;

my $root = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../../..');

# 75 seconds of patience are 4 here; heartbeats come each second.
my $patience = 4;

# program: what has to be there; tls, h2; by: the port of the origin; local:
# what differs on this machine; command: how it is started in the foreground.
my %front = (
    nginx => { program => 'nginx', file => 'nginx.conf', tls => 1, h2 => 1 },
    'nginx-outer' => { program => 'nginx', file => 'nginx-outer.conf',
        behind => 'nginx-inner' },
    'nginx-inner' => { program => 'nginx', file => 'nginx-inner.conf' },
    'nginx-cache' => { program => 'nginx', file => 'nginx-cache.conf' },
    apache => { program => 'apache2', file => 'apache.conf', tls => 1, h2 => 1,
        local => [ [ qr/443/, '%%PORT%%' ], [ qr/\*:/, '127.0.0.1:' ],
            [ qr/(timeout=)75/, '${1}' . $patience ],
            [ qr/^Listen /m, 'Listen 127.0.0.1:' ] ],
        command => \&apache },
    'signalling-nginx' => { program => 'nginx', file => 'signalling-nginx.conf',
        tls => 1, h2 => 1, of => 'signalling' },
    'signalling-apache' => { program => 'apache2',
        file => 'signalling-apache.conf', tls => 1, h2 => 1, of => 'signalling',
        local => [ [ qr/443/, '%%PORT%%' ], [ qr/\*:/, '127.0.0.1:' ],
            [ qr/(timeout=)75/, '${1}' . $patience ],
            [ qr/^Listen /m, 'Listen 127.0.0.1:' ] ],
        command => \&apache },
    'apache-rewrite' => { program => 'apache2', file => 'apache-rewrite.conf',
        local => [ [ qr/\b80$/m, '%%PORT%%' ], [ qr/\*:80/, '127.0.0.1:%%PORT%%' ],
            [ qr/^Listen /m, 'Listen 127.0.0.1:' ],
            [ qr/(ProxyTimeout )75/, '${1}' . $patience ] ],
        command => \&apache },
    haproxy => { program => 'haproxy', file => 'haproxy.cfg', tls => 1, h2 => 1,
        local => [ [ qr/bind :443/, 'bind 127.0.0.1:%%PORT%%' ],
            [ qr/maxconn 20000/, 'maxconn 200' ],
            [ qr/inter 2s/, 'inter 200ms' ] ],
        command => sub { ('haproxy', '-db', '-f', $_[1]) } },
    varnish => { program => 'varnishd', file => 'varnish.vcl',
        local => [ [ qr/"8080"/, '"%%ORIGIN%%"' ],
            [ qr/(backend two \{\s*\.host = "[^"]*";\s*\.port = )"[^"]*"/,
                '${1}"%%RESERVE%%"' ],
            [ qr/"10\.0\.0\.\d"/, '"127.0.0.1"' ],
            [ qr/interval = 2s/, 'interval = 0.2s' ] ],
        command => sub {
            my ($self, $file) = @_;
            return ('varnishd', '-F', '-j', 'none', '-n', "$self->{dir}/v",
                '-a', "127.0.0.1:$self->{port}", '-f', $file,
                '-p', "pipe_timeout=$patience", '-s', 'malloc,32m',
                $self->{without} ? qw(-p vcc_err_unref=off) : ());
        } },
    caddy => { program => 'caddy', file => 'Caddyfile',
        local => [ [ qr/\A/, "{\nadmin off\nauto_https off\n}\n" ],
            [ qr/radio\.example \{/, 'http://127.0.0.1:%%PORT%% {' ],
            [ qr/interval 2s/, 'interval 200ms' ] ],
        command => sub { ('env', "HOME=$_[0]{dir}", 'caddy', 'run',
            '--adapter', 'caddyfile', '--config', $_[1]) } },
    squid => { program => 'squid', file => 'squid.conf',
        local => [ [ qr/http_port 80/, 'http_port 127.0.0.1:%%PORT%%' ],
            [ qr/10\.0\.0\.2 parent 8080/, '127.0.0.1 parent %%ORIGIN%%' ],
            [ qr/10\.0\.0\.3 parent 8080/, '127.0.0.1 parent %%RESERVE%%' ],
            [ qr/75 seconds/, "$patience seconds" ] ],
        command => sub { ('squid', '-N', '-f', $_[1]) } },
    lighttpd => { program => 'lighttpd', file => 'lighttpd.conf', tls => 1,
        local => [ [ qr/port = 443/, 'port = %%PORT%%' ],
            [ qr/(?=^server\.port)/m, "server.bind = \"127.0.0.1\"\n" ],
            [ qr/"10\.0\.0\.2", "port" => 8080/,
                '"127.0.0.1", "port" => %%ORIGIN%%' ],
            [ qr/idle = 75/, "idle = $patience" ],
            [ qr/^server\.\w+name.*\n/m, '' ], [ qr/^server\.max-[cf].*\n/m, '' ],
            [ qr{/var/www/html}, '%%DIR%%' ] ],
        command => sub { ('lighttpd', '-D', '-f', $_[1]) } },
    h2o => { program => 'h2o', file => 'h2o.conf', tls => 1, h2 => 1,
        local => [ [ qr/radio\.example:443/, '127.0.0.1:%%PORT%%' ],
            [ qr/port: 443/, "host: 127.0.0.1\n      port: %%PORT%%" ],
            [ qr/^user: .*\n/m, '' ], [ qr/75000/, $patience * 1000 ] ],
        command => sub { ('h2o', '-c', $_[1]) } },
    stunnel => { program => 'stunnel4', file => 'stunnel.conf', tls => 1,
        by => 'proxy',
        local => [ [ qr/foreground = no/, 'foreground = yes' ],
            [ qr/accept = 443/, 'accept = 127.0.0.1:%%PORT%%' ],
            [ qr/idle = 75/, "idle = $patience" ] ],
        command => sub { ('stunnel4', $_[1]) } },
    hitch => { program => 'hitch', file => 'hitch.conf', tls => 1,
        by => 'proxy',
        local => [ [ qr/\[\*\]:443/, '[127.0.0.1]:%%PORT%%' ],
            [ qr/\[10\.0\.0\.2\]:8081/, '[127.0.0.1]:%%ORIGIN%%' ],
            [ qr/workers = 2/, 'workers = 1' ] ],
        command => sub { ('hitch', "--config=$_[1]") } },
    trafficserver => { program => 'traffic_server',
        file => 'trafficserver/remap.config', command => \&traffic_server,
        local => [ [ qr/radio\.example/, '127.0.0.1:%%PORT%%' ] ] },
);

# All that stand in front of the same: stations, or peers ("signalling").
sub names
{
    my ($of) = @_;
    return sort grep { $_ ne 'nginx-inner'
        && ($front{$_}{of} // '') eq ($of // '') } keys %front;
}

# Whether its program is on this machine.
sub is_here
{
    my ($name) = @_;
    my $program = $front{$name}{program};
    return scalar grep { -x "$_/$program" } qw(/usr/sbin /usr/bin),
        split /:/, $ENV{PATH};
}

sub port { return $_[0]{port} }
sub is_tls { return $front{ $_[0]{name} }{tls} }
sub is_h2 { return $front{ $_[0]{name} }{h2} }

# A port that is free may be gone before the front takes it.
sub start
{
    my ($class, $name, %given) = @_;
    for my $try (1 .. 5) {
        my $self = eval { $class->start_once($name, %given) };
        return $self if $self;
        die $@ if $try == 5 || $@ !~ /in use|cannot bind|bind\w*(?:\(\))? .*fail/i;
    }
}

sub start_once
{
    my ($class, $name, %given) = @_;
    my $self = bless { %given, name => $name, dir => scratch_dir(),
        port => free_port() }, $class;
    my $behind = $front{$name}{behind};
    if ($behind) {
        $self->{inner} = $class->start($behind, origin => $given{origin},
            reserve => $given{reserve});
    }
    my $tls = Onair::Tls::files();
    spew("$self->{dir}/$_", $tls->{$_}) for keys %$tls;
    spew("$self->{dir}/both.pem", $tls->{'cert.pem'} . $tls->{'key.pem'});
    mkdir "$self->{dir}/temp";
    chmod 0777, "$self->{dir}/temp";
    my $text = $self->text;
    return $self->start_nginx($text) if $front{$name}{program} eq 'nginx';
    my $file = "$self->{dir}/" . File::Basename::basename($front{$name}{file});
    spew($file, $text);
    $self->{pid} = spawn("$self->{dir}/log",
        $front{$name}{command}->($self, $file));
    my $listens = wait_for(sub { $self->listens || !is_running($self->{pid}) },
        30) && is_running($self->{pid});
    return $self if $listens;
    my $said = $self->log;
    $self->stop;
    die "$name did not start:\n$said";
}

sub listens
{
    my ($self) = @_;
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $self->{port}, Timeout => 1);
}

sub log
{
    my ($self) = @_;
    return join '', map { slurp($_) // '' } glob "$self->{dir}/*log*";
}

sub stop
{
    my ($self) = @_;
    $self->{server}->stop if $self->{server};
    terminate(delete $self->{pid}, 'TERM', 10) if $self->{pid};
    $self->{inner}->stop if $self->{inner};
}

# The file, less what is taken out, on this machine.
sub text
{
    my ($self) = @_;
    my $front = $front{ $self->{name} };
    my $text = slurp("$root/docs/fronts/$front->{file}");
    if ($self->{without}) {
        my $whole = $text;
        $text = join '', grep { !/$self->{without}/ } split /^/, $text;
        die "nothing is taken out of $front->{file}\n" if $text eq $whole;
    }
    if (my ($pattern, $other) = @{ $self->{instead} // [] }) {
        $text =~ s/$pattern/$other/g
            or die "nothing is changed in $front->{file}\n";
    }
    my $by = $front->{by};
    my $origin = $self->{inner} ? $self->{inner}->port
        : $self->{origin}->port($by);
    my $reserve = $self->{reserve} ? $self->{reserve}->port($by) : free_port();
    for my $local (@{ $front->{local} // [] }) {
        my ($pattern, $ours) = @$local;
        $text =~ s/$pattern/my $one = $1; $ours =~ s,\$\{1\},$one,gr/ge;
    }
    $text =~ s/10\.0\.0\.(?:2:808[01]|4:80)/127.0.0.1:$origin/g;
    $text =~ s/10\.0\.0\.3:808[01]/127.0.0.1:$reserve/g;
    $text =~ s/10\.0\.0\.6/127.0.0.1/g;
    $text =~ s/%%ORIGIN%%/$origin/g;
    $text =~ s/%%RESERVE%%/$reserve/g;
    $text =~ s{/etc/ssl/radio\.example\.both\.pem}{$self->{dir}/both.pem}g;
    $text =~ s{/etc/ssl/radio\.example\.pem}{$self->{dir}/cert.pem}g;
    $text =~ s{/etc/ssl/radio\.example\.key}{$self->{dir}/key.pem}g;
    $text =~ s{/var/log/\w+/|/var/log/|/run/}{$self->{dir}/}g;
    $text =~ s/\b75s/${patience}s/g;
    $text =~ s/%%PORT%%/$self->{port}/g;
    $text =~ s/%%DIR%%/$self->{dir}/g;
    return $text;
}

sub start_nginx
{
    my ($self, $text) = @_;
    my $paths = join '', map { "${_}_temp_path $self->{dir}/temp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
    my $listen = "listen 127.0.0.1:$self->{port}";
    $text =~ s/^user .*\n|^worker_rlimit_nofile .*\n|^pid .*\n//mg;
    $text =~ s/^worker_processes .*/worker_processes 1;\ndaemon off;/m;
    $text =~ s/^error_log .*/error_log %%DIR%%\/error.log;/m;
    $text =~ s/^events/pid %%DIR%%\/nginx.pid;\nevents/m;
    $text =~ s/worker_connections \d+/worker_connections 512/;
    $text =~ s/^http \{\n/http {\n$paths/m;
    $text =~ s{/var/cache/nginx}{$self->{dir}/temp}g;
    if ($text =~ s/listen 443/$listen/) {
        $text =~ s/listen 80;/listen 127.0.0.1:%%PORT_plain%%;/;
    } else {
        $text =~ s/listen 80/$listen/;
    }
    $self->{server} = Onair::Server->new(workers => 1, config =>
        Onair::Server::in_words_of_nginx($text));
    return $self;
}

# What the lines "# a2enmod" of the file ask for, as Debian loads it.
sub apache
{
    my ($self, $file) = @_;
    my $text = slurp($file);
    my %load = map { $_ => 1 } qw(mpm_event authz_core),
        map { split } $text =~ /^# a2enmod (.*)$/mg;
    my $where = '/usr/lib/apache2/modules';
    my $lines = join '', map { "LoadModule ${_}_module $where/mod_$_.so\n" }
        grep { -e "$where/mod_$_.so" } 
        sort { ($b eq 'proxy') <=> ($a eq 'proxy') || $a cmp $b } keys %load;
    spew("$self->{dir}/httpd.conf", <<"END");
ServerRoot $self->{dir}
DefaultRuntimeDir $self->{dir}
PidFile $self->{dir}/pid
ErrorLog $self->{dir}/log
ServerName localhost
User www-data
Group www-data
${lines}Include $file
END
    return ('apache2', '-f', "$self->{dir}/httpd.conf", '-DFOREGROUND');
}

# Debian's own configuration, and ours at the end of it.
sub traffic_server
{
    my ($self, $file) = @_;
    my $dir = $self->{dir};
    mkdir "$dir/$_" for qw(etc var logs cache run);
    chmod 0777, map { "$dir/$_" } qw(etc var logs cache run);
    for (glob '/etc/trafficserver/*') {
        spew("$dir/etc/" . File::Basename::basename($_), slurp($_)) if -f;
    }
    spew("$dir/etc/remap.config", slurp($file));
    my $own = slurp("$root/docs/fronts/trafficserver/records.config");
    $own =~ s/(no_activity_timeout\S* INT) 75/$1 $patience/g;
    $own =~ s/STRING 80$/STRING $self->{port}:ip-in=127.0.0.1/m;
    if (my ($pattern, $other) = @{ $self->{records} // [] }) {
        $own =~ s/$pattern/$other/g or die "nothing is changed in records\n";
    }
    my $records = slurp("$dir/etc/records.config");
    for my $name ($own =~ /^CONFIG (\S+)/mg) {
        $records =~ s/^CONFIG \Q$name\E\s.*\n//mg;
    }
    $records =~ s/^(CONFIG proxy\.config\.(?:admin\.user_id)\s).*/$1STRING #-1/m;
    spew("$dir/etc/records.config", "$records\n$own"
        . "CONFIG proxy.config.http.cache.http INT 1\n");
    spew("$dir/etc/storage.config", "$dir/cache 32M\n");
    spew("$dir/runroot.yaml", <<"END");
prefix: $dir
exec_prefix: $dir
bindir: /usr/bin
sbindir: /usr/sbin
sysconfdir: $dir/etc
datadir: $dir/var
includedir: /usr/include
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
localstatedir: $dir/var
runtimedir: $dir/run
logdir: $dir/logs
cachedir: $dir/cache
END
    return ('traffic_server', "--run-root=$dir/runroot.yaml");
}

1;
