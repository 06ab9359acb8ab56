// Package mail gives an agent an ordinary mail account in a world: IMAP to read
// it and SMTP to send from it, so that whatever works with a mail program works
// here unchanged.
//
// An [Account] shows a desk's world as four mailboxes, and turns what a client
// does there into the acts that the world's tools have: a message whose text is
// fetched is opened, one that is moved to the archive is archived, one that is
// saved among the drafts is drafted, and what is submitted by SMTP is sent, or
// forwarded if it carries a message of the world. Whoever it is addressed to, it
// is delivered in the world and nowhere else: nothing here looks up a name or
// opens a connection.
//
// The protocols are the business of emersion's go-imap, go-smtp and go-message.
// letter.go turns a message as it was written (RFC 5322) into what it is in the
// world, and render.go the other way.
package mail
