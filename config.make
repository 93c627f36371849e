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
-include ${onair_obj%.$ngx_objext}.d
END
done

cat << END                                                  >> $NGX_MAKEFILE

$NGX_OBJS/ngx_http_onair_module$ngx_modext: \
	$ngx_addon_dir/ngx_module/exports.map
END
