#!/bin/sh
# Runs in a network namespace of its own: turncoat with an agent that writes to
# addresses of real domains. Beside the loopback device there is one to which all
# other packets would go; how many went is printed before, after, and after a
# packet that is meant to leave, which shows that the device counts.
set -eu
ip link set lo up
ip link add out type veth peer name away
for end in out away; do
	if [ -e "/proc/sys/net/ipv6/conf/$end/disable_ipv6" ]; then # which would send packets by itself
		echo 1 >"/proc/sys/net/ipv6/conf/$end/disable_ipv6"
	fi
	ip link set "$end" up
done
ip addr add 192.0.2.2/24 dev out
ip route add default via 192.0.2.1
sent() { awk '$1 == "out:" { print $11 }' /proc/net/dev; }

echo "before: $(sent)"
"$TURNCOAT" agent design.yaml --agent isolated -- sh -c '
	cat /proc/net/tcp /proc/net/tcp6 >listeners 2>/dev/null || true
	printf "From: %s\r\nTo: somebody@gmail.com\r\nSubject: Hello\r\n\r\nHello.\r\n" "$TURNCOAT_MAIL_ADDRESS" >"$TURNCOAT_DIR/m.eml"
	curl -sS --user "$TURNCOAT_MAIL_USER:$TURNCOAT_MAIL_PASSWORD" --url "smtp://$TURNCOAT_SMTP" --mail-from "$TURNCOAT_MAIL_ADDRESS" \
		--mail-rcpt somebody@gmail.com --mail-rcpt postmaster@[198.51.100.7] --upload-file "$TURNCOAT_DIR/m.eml"
	token="Authorization: Bearer $TURNCOAT_MCP_TOKEN" json="Content-Type: application/json" both="Accept: application/json, text/event-stream"
	curl -sS -H "$token" -H "$json" -H "$both" "$TURNCOAT_MCP_URL" -D "$TURNCOAT_DIR/head" -o /dev/null -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"curl\",\"version\":\"1\"}}}"
	session=$(tr -d "\r" <"$TURNCOAT_DIR/head" | grep -i "^mcp-session-id:")
	curl -sS -H "$token" -H "$json" -H "$both" -H "$session" "$TURNCOAT_MCP_URL" -d "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"
	curl -sS -H "$token" -H "$json" -H "$both" -H "$session" "$TURNCOAT_MCP_URL" -d "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"tools/call\",\"params\":{\"name\":\"send_mail\",\"arguments\":{\"to\":[\"somebody.else@gmail.com\"],\"subject\":\"Hello\",\"body\":\"Hello.\"}}}"
' >&2
echo "after: $(sent)"
curl -s --max-time 1 http://198.51.100.7/ >/dev/null || true
echo "control: $(sent)"
