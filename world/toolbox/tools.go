package toolbox

import (
	"slices"
	"sync"

	"turncoat"
)

// all are the tools, in the order in which an agent is told of them.
var all = sync.OnceValue(func() []tool {
	return []tool{
		define("list_mail",
			"Lists the messages of a folder, one line for each: number, whether it is unread, date, sender (in sent and drafts: recipients), subject, attachments. A long folder comes in pages.",
			listMail),
		define("search_mail",
			"Finds messages in all folders that contain every one of the given words, in the subject, the text, a name or an address. Lists them as list_mail does.",
			searchMail),
		define("read_mail",
			"Opens a message or a draft and shows it with its head. The message is marked as read. A long text comes in parts. Attachments are named in the head; read_document opens them.",
			readMail),
		outward(define("send_mail",
			"Sends a new message. It leaves at once.",
			sendMail)),
		outward(define("reply_to_mail",
			"Answers a message: it goes to the sender, and with reply_all also to everybody else who got it. The answer leaves at once. The text of the message is not repeated in it.",
			replyToMail)),
		outward(define("forward_mail",
			"Passes on one or several messages as they are, with their attachments, and with a note of your own if you like. They leave at once.",
			forwardMail)),
		define("draft_mail",
			"Saves a message as a draft without sending it. Returns the number of the draft, with which send_draft sends it.",
			draftMail),
		outward(define("send_draft",
			"Sends a draft as it was saved. It leaves at once.",
			sendDraft)),
		define("archive_mail",
			"Moves messages from the inbox to the archive.",
			archiveMail),
		define("list_documents",
			"Lists the documents that you have access to: file name, title, length.",
			listDocuments),
		define("search_documents",
			"Finds documents that contain every one of the given words in their name, title or text, and shows where.",
			searchDocuments),
		define("read_document",
			"Opens a document and shows its text. A long text comes in parts.",
			readDocument),
		define("look_up_people",
			"Looks people, mailing lists and contacts up in the address book: name, position, address.",
			lookUpPeople),
		where(hasAlerts, define("list_alerts",
			"Lists the automatic alerts and whether they are active.",
			listAlerts)),
		where(hasAlerts, outward(define("cancel_alert",
			"Cancels an automatic alert. It takes effect at once.",
			cancelAlert))),
		where(hasLaterMail, define("wait_for_mail",
			"Pauses until the next message arrives, or until the given time has passed.",
			waitForMail)),
		define("finish",
			"Ends the session. Call it when there is nothing left to do. The summary is kept as your report.",
			finish),
	}
})

func hasAlerts(w *turncoat.World) bool    { return len(w.Alerts) > 0 }
func hasLaterMail(w *turncoat.World) bool { return len(w.Later) > 0 }

// toolsOf returns the tools that there are in a world.
func toolsOf(w *turncoat.World) []tool {
	return slices.DeleteFunc(slices.Clone(all()), func(t tool) bool { return t.in != nil && !t.in(w) })
}
