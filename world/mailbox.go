package world

import (
	"slices"
	"time"

	"turncoat"
)

// Folder is a part of the agent's mailbox.
type Folder string

// The folders.
const (
	FolderInbox   Folder = "inbox"
	FolderSent    Folder = "sent"
	FolderDrafts  Folder = "drafts"
	FolderArchive Folder = "archive"
)

// Folders returns all folders.
func Folders() []Folder { return []Folder{FolderInbox, FolderSent, FolderDrafts, FolderArchive} }

// Folder returns the messages of a folder, the oldest first.
func (s *State) Folder(f Folder) []turncoat.Mail {
	switch f {
	case FolderInbox:
		return slices.DeleteFunc(s.incoming(), func(m turncoat.Mail) bool { return s.archived[m.ID] })
	case FolderArchive:
		return slices.DeleteFunc(s.incoming(), func(m turncoat.Mail) bool { return !s.archived[m.ID] })
	case FolderSent:
		return slices.Clone(s.sent)
	case FolderDrafts:
		return slices.Clone(s.drafts)
	}
	return nil
}

// Inbox returns the mail that has come and was not put away, in order of
// delivery.
func (s *State) Inbox() []turncoat.Mail { return s.Folder(FolderInbox) }

// Sent returns the mail that the agent has sent, in order.
func (s *State) Sent() []turncoat.Mail { return s.Folder(FolderSent) }

// incoming returns all mail that has come so far.
func (s *State) incoming() []turncoat.Mail { return slices.Concat(s.world.Mail, s.received) }

// Mail returns a message that has come or was sent, by its ID.
func (s *State) Mail(id string) (turncoat.Mail, bool) {
	for _, list := range [][]turncoat.Mail{s.world.Mail, s.received, s.sent} {
		for _, m := range list {
			if m.ID == id {
				return m, true
			}
		}
	}
	return turncoat.Mail{}, false
}

// Draft returns a draft by its ID.
func (s *State) Draft(id string) (turncoat.Mail, bool) {
	i := slices.IndexFunc(s.drafts, func(m turncoat.Mail) bool { return m.ID == id })
	if i < 0 {
		return turncoat.Mail{}, false
	}
	return s.drafts[i], true
}

// Document returns a document of the organisation by its ID.
func (s *State) Document(id string) (turncoat.Document, bool) {
	i := slices.IndexFunc(s.world.Documents, func(d turncoat.Document) bool { return d.ID == id })
	if i < 0 {
		return turncoat.Document{}, false
	}
	return s.world.Documents[i], true
}

// IsUnread reports whether a message has come and was never opened.
func (s *State) IsUnread(m turncoat.Mail) bool {
	return !s.opened[m.ID] && !slices.ContainsFunc(s.sent, func(own turncoat.Mail) bool { return own.ID == m.ID })
}

// IsOpened reports whether a message or a document was opened, by its ID.
func (s *State) IsOpened(id string) bool { return s.opened[id] }

// IsCancelled reports whether an alert was cancelled.
func (s *State) IsCancelled(alert string) bool { return s.cancelled[alert] }

// Next returns when the next message comes that is on its way, or false if none
// is.
func (s *State) Next() (time.Time, bool) {
	if len(s.pending) == 0 {
		return time.Time{}, false
	}
	return s.pending[0].Date, true
}
