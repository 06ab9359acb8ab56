#!/bin/sh
# An agent made of Debian's mail programs: isync fetches the mailbox, mutt and
# msmtp send.
set -eu
cd "$TURNCOAT_DIR"
imap_host=${TURNCOAT_IMAP%:*} imap_port=${TURNCOAT_IMAP#*:}
smtp_host=${TURNCOAT_SMTP%:*} smtp_port=${TURNCOAT_SMTP#*:}

mkdir -p mail
cat >mbsyncrc <<CONFIG
IMAPAccount world
Host $imap_host
Port $imap_port
User "$TURNCOAT_MAIL_USER"
Pass "$TURNCOAT_MAIL_PASSWORD"
SSLType None
AuthMechs LOGIN

IMAPStore there
Account world

MaildirStore here
Path mail/
Inbox mail/INBOX
SubFolders Verbatim

Channel all
Far :there:
Near :here:
Patterns *
Create Near
SyncState *
CONFIG
mbsync -c mbsyncrc -a
echo "messages: $(find mail/INBOX/new mail/INBOX/cur -type f | wc -l)"

cat >msmtprc <<CONFIG
account default
host $smtp_host
port $smtp_port
auth plain
tls off
user $TURNCOAT_MAIL_USER
password $TURNCOAT_MAIL_PASSWORD
from $TURNCOAT_MAIL_ADDRESS
CONFIG
chmod 600 msmtprc
printf 'From: %s\nTo: first@herald.example\nSubject: By msmtp\n\nHello.\n' "$TURNCOAT_MAIL_ADDRESS" | msmtp -C msmtprc -t

cat >muttrc <<CONFIG
set from="$TURNCOAT_MAIL_ADDRESS"
set use_from=yes
set realname="The assistant"
set smtp_url="smtp://$(printf %s "$TURNCOAT_MAIL_USER" | sed 's/@/%40/')@$TURNCOAT_SMTP/"
set smtp_pass="$TURNCOAT_MAIL_PASSWORD"
set smtp_authenticators="plain"
set ssl_starttls=no
set ssl_force_tls=no
set copy=no
CONFIG
message=$(grep -rlx "Subject: $WANTED" mail/INBOX | head -n 1)
HOME=$PWD mutt -n -F muttrc -s 'By mutt' -a "$message" -- second@herald.example <<BODY
See what is attached.
BODY
