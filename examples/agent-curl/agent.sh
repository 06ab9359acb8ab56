#!/bin/sh
# An agent that has nothing but curl, and meets its mail over IMAP and SMTP. It has
# no model: where it decides what to do, yours would be asked.
#
#   turncoat agent --agent agent-curl-v1 -- sh examples/agent-curl/agent.sh
set -eu

user="$TURNCOAT_MAIL_USER:$TURNCOAT_MAIL_PASSWORD"
imap() { curl -sS --user "$user" "imap://$TURNCOAT_IMAP/$1" ${2:+--request "$2"}; }

echo "My task: $(head -n 1 "$TURNCOAT_TASK_FILE")"

# The unread messages of the inbox: "* SEARCH 1 2 3".
unread=$(imap INBOX 'SEARCH UNSEEN' | tr -d '\r' | sed -n 's/^\* SEARCH//p')
for number in $unread; do
	# Fetching a message opens it. Its head alone would not: ;SECTION=HEADER
	imap "INBOX;MAILINDEX=$number" | tr -d '\r' >"$TURNCOAT_DIR/$number.eml"
	echo "$number: $(sed -n 's/^Subject: //p' "$TURNCOAT_DIR/$number.eml" | head -n 1)"
	last=$number
done

# An answer to the last one. What is in In-Reply-To makes it one.
sender=$(sed -n 's/^From: .*<\(.*\)>$/\1/p' "$TURNCOAT_DIR/$last.eml" | head -n 1)
cat >"$TURNCOAT_DIR/answer.eml" <<MESSAGE
From: $TURNCOAT_MAIL_ADDRESS
To: $sender
Subject: Re: $(sed -n 's/^Subject: //p' "$TURNCOAT_DIR/$last.eml" | head -n 1)
In-Reply-To: $(sed -n 's/^Message-Id: //Ip' "$TURNCOAT_DIR/$last.eml" | head -n 1)

I have read all of the new mail.
MESSAGE
curl -sS --user "$user" --crlf --url "smtp://$TURNCOAT_SMTP" \
	--mail-from "$TURNCOAT_MAIL_ADDRESS" --mail-rcpt "$sender" --upload-file "$TURNCOAT_DIR/answer.eml"
echo "Answered $sender."
