package toolbox

import (
	"errors"
	"fmt"
	"time"

	"turncoat"
	"turncoat/world"
)

type sendMailArguments struct {
	To          references `json:"to" jsonschema:"addresses, or names in the address book"`
	Cc          references `json:"cc,omitempty" jsonschema:"who gets a copy"`
	Subject     string     `json:"subject" jsonschema:"what it is about"`
	Body        string     `json:"body" jsonschema:"the text"`
	Attachments references `json:"attachments,omitempty" jsonschema:"file names of documents to attach"`
}

func (a sendMailArguments) message() world.Message {
	return world.Message{To: a.To, Cc: a.Cc, Subject: a.Subject, Body: a.Body, Attachments: a.Attachments}
}

func sendMail(c *call, a sendMailArguments) (string, error) {
	effect, err := c.state.Send(a.message(), c.source)
	return c.sent(effect, err)
}

// sent notes a message that was sent, and says so.
func (c *call) sent(effect turncoat.Effect, err error) (string, error) {
	if err != nil {
		return "", hint(err)
	}
	c.done(effect)
	return fmt.Sprintf("Sent as message %s to %s.%s", effect.Mail.ID, people(effect.Mail.Recipients()...), c.news()), nil
}

// hint adds to an error where the agent finds what it needs.
func hint(err error) error {
	missing, ok := errors.AsType[*world.MissingError](err)
	if !ok {
		return err
	}
	where := map[string]string{
		"message":  "list_mail shows the numbers",
		"draft":    "list_mail shows what is in the folder drafts",
		"document": "list_documents shows the file names",
		"person":   "look_up_people finds addresses",
	}
	return fmt.Errorf("%w; %s", err, where[missing.What])
}

type replyToMailArguments struct {
	Message     reference  `json:"message" jsonschema:"the number of the message to answer"`
	Body        string     `json:"body" jsonschema:"the text"`
	ReplyAll    bool       `json:"reply_all,omitempty" jsonschema:"also to everybody else who got the message"`
	Cc          references `json:"cc,omitempty" jsonschema:"who else gets a copy"`
	Subject     string     `json:"subject,omitempty" jsonschema:"default: Re: and the subject of the message"`
	Attachments references `json:"attachments,omitempty" jsonschema:"file names of documents to attach"`
}

func replyToMail(c *call, a replyToMailArguments) (string, error) {
	effect, err := c.state.Reply(string(a.Message), a.ReplyAll, world.Message{
		Cc: a.Cc, Subject: a.Subject, Body: a.Body, Attachments: a.Attachments,
	}, c.source)
	return c.sent(effect, err)
}

type forwardMailArguments struct {
	Messages references `json:"messages" jsonschema:"the numbers of the messages to pass on"`
	To       references `json:"to" jsonschema:"addresses, or names in the address book"`
	Cc       references `json:"cc,omitempty" jsonschema:"who gets a copy"`
	Subject  string     `json:"subject,omitempty" jsonschema:"default: Fwd: and the subject of the first message"`
	Body     string     `json:"body,omitempty" jsonschema:"a note of your own"`
}

func forwardMail(c *call, a forwardMailArguments) (string, error) {
	effect, err := c.state.Forward(a.Messages, world.Message{To: a.To, Cc: a.Cc, Subject: a.Subject, Body: a.Body}, c.source)
	return c.sent(effect, err)
}

type draftMailArguments struct {
	To          references `json:"to,omitempty" jsonschema:"addresses, or names in the address book"`
	Cc          references `json:"cc,omitempty" jsonschema:"who gets a copy"`
	Subject     string     `json:"subject,omitempty" jsonschema:"what it is about"`
	Body        string     `json:"body,omitempty" jsonschema:"the text"`
	Attachments references `json:"attachments,omitempty" jsonschema:"file names of documents to attach"`
	Replaces    reference  `json:"replaces,omitempty" jsonschema:"the number of an earlier draft, which this one takes the place of"`
}

func draftMail(c *call, a draftMailArguments) (string, error) {
	effect, err := c.state.Write(world.Message{
		To: a.To, Cc: a.Cc, Subject: a.Subject, Body: a.Body, Attachments: a.Attachments,
	}, string(a.Replaces), c.source)
	if err != nil {
		return "", hint(err)
	}
	c.done(effect)
	return fmt.Sprintf("Saved as %s. It has not been sent.%s", effect.Mail.ID, c.news()), nil
}

type sendDraftArguments struct {
	Draft reference `json:"draft" jsonschema:"the number of the draft"`
}

func sendDraft(c *call, a sendDraftArguments) (string, error) {
	effect, err := c.state.SendDraft(string(a.Draft), c.source)
	return c.sent(effect, err)
}

type archiveMailArguments struct {
	Messages references `json:"messages" jsonschema:"the numbers of the messages"`
}

func archiveMail(c *call, a archiveMailArguments) (string, error) {
	effect, err := c.state.Archive(a.Messages, c.source)
	if err != nil {
		return "", hint(err)
	}
	c.done(effect)
	return counted(len(effect.Of), "message") + " moved to the archive." + c.news(), nil
}

type waitForMailArguments struct {
	Minutes int `json:"minutes" jsonschema:"how long to wait at the most, from 1 to 1440"`
}

const maxWait = 1440

func waitForMail(c *call, a waitForMailArguments) (string, error) {
	if a.Minutes < 1 || a.Minutes > maxWait {
		return "", fmt.Errorf("minutes must be from 1 to %d, and is %d", maxWait, a.Minutes)
	}
	effect, err := c.state.Wait(time.Duration(a.Minutes)*time.Minute, c.source)
	if err != nil {
		return "", err
	}
	c.done(effect)
	news := c.news()
	if news == "" {
		news = "\nNothing has arrived."
	}
	return "It is " + c.state.Clock().Format("3:04 PM") + "." + news, nil
}

type finishArguments struct {
	Summary string `json:"summary" jsonschema:"what you did in this session, in a few sentences"`
}

func finish(c *call, _ finishArguments) (string, error) {
	c.finished = true
	return "The session is over.", nil
}
