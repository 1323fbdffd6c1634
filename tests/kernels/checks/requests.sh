# What is asked for and how it is answered, of a web server and whoever asks it: each request once, though both ends are
# here; whatever the kernel lets exchanges be.
# brief: 5.10,newest
. /kernels/lib.sh

get()
{
	wget -q -O /dev/null "http://127.0.0.1:8080/$1" 2>/dev/null || true
}

count()
{
	field count "$(rows request "name=$1" | tail -n 1)"
}

# As often as that within some ticks.
counts()
{
	for try in 1 2 3 4 5; do
		[ "$(count "$1")" != "$2" ] || break
		skbtop_settle
	done
	equal "$1" "$(count "$1")" "$2"
}

web()
{
	skbtop_start --view requests
	mkdir -p /tmp/web/user
	for i in 1 2 3 4 5 6; do echo hello >/tmp/web/user/$i; done
	httpd -f -p 127.0.0.1:8080 -h /tmp/web 9>&- &
	server=$!
	until [ -n "$(ss -Hltn 'sport = :8080')" ]; do sleep 0.1; done
	for i in 1 2 3 4 5 6; do get user/$i; done
	get missing
	get missing
	counts 'GET /user/[*]' 6
	counts 'GET /missing' 2
	last=$(rows request 'name=GET /missing' | tail -n 1)
	equal 'errors' "$(field errors "$last") $(field statuses "$last")" '2 404 100%'
	equal 'whose' "$(field role "$last") $(field server_port "$last")" 'server 8080'
	kill $server
	wait $server || true
	skbtop_stop
}

web
done_checking
