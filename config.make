# Read by nginx's configure when its Makefile is written: how the sources of
# onair are compiled. Flags for C++ alone must not reach nginx's C files, so
# they stand at our objects as target-specific variables.
#
# The core (src/) is compiled without any path to nginx; the glue with both.
# ONAIR_CXXFLAGS in the environment of configure is added at the end.

onair_flags="-std=c++20 -fno-exceptions -fno-rtti -fvisibility=hidden \
-fvisibility-inlines-hidden -Wall -Wextra -Wno-unused-parameter \
-DNDEBUG -MMD -MP"

# As nginx defines it itself, but there it comes too late for a source whose
# first header is another one: on 32 bits structures would differ.
onair_flags="$onair_flags -D_FILE_OFFSET_BITS=64"

case " $NGX_CC_OPT $ONAIR_CXXFLAGS" in
    *" -O"*) ;;
    *) onair_flags="$onair_flags -O2" ;;
esac

onair_flags="$onair_flags $ONAIR_CXXFLAGS"

# With ONAIR_PCH=1 (g++) the library's headers, which are most of what each file
# makes the compiler read, are read once. `make build` has it so.

onair_pch=
if [ -n "$ONAIR_PCH" ]; then
    onair_pch=$NGX_OBJS/addon/std.h
    onair_pic=
    if [ "$onair_link" = DYNAMIC ]; then onair_pic=-fPIC; fi

    mkdir -p $NGX_OBJS/addon
    for onair_header in algorithm array atomic cstddef cstdint cstring \
        optional span string_view utility
    do
        echo "#include <$onair_header>"
    done                                                    > $onair_pch.new
    cmp -s $onair_pch.new $onair_pch || cp $onair_pch.new $onair_pch

    cat << END                                              >> $NGX_MAKEFILE

$onair_pch.gch: CFLAGS += $onair_flags
$onair_pch.gch: $onair_pch
	\$(CC) -x c++-header $onair_pic \$(CFLAGS) -o \$@ $onair_pch
END
    onair_flags="$onair_flags -include $onair_pch -Winvalid-pch"
fi

for onair_src in $ngx_addon_dir/src/*/*.cc $ngx_addon_dir/ngx_module/*/*.cc
do
    test -f "$onair_src" || continue

    onair_obj=`basename \`dirname $onair_src\``/`basename $onair_src .cc`
    onair_obj=$NGX_OBJS/addon/$onair_obj.$ngx_objext

    case $onair_src in
        $ngx_addon_dir/src/*)
            onair_incs="= -I$ngx_addon_dir/src" ;;
        *)
            onair_incs="+= -I$ngx_addon_dir/src -I$ngx_addon_dir" ;;
    esac

    cat << END                                              >> $NGX_MAKEFILE

$onair_obj: CFLAGS += $onair_flags
$onair_obj: ALL_INCS $onair_incs
${onair_pch:+$onair_obj: $onair_pch.gch}
-include ${onair_obj%.$ngx_objext}.d
END
done

cat << END                                                  >> $NGX_MAKEFILE

$NGX_OBJS/ngx_http_onair_module$ngx_modext: \
	$ngx_addon_dir/ngx_module/exports.map
END
