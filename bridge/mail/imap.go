package mail

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"turncoat/bridge"
	"turncoat/world"
)

func (a *Account) newIMAP() *imapserver.Server {
	return imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &session{UserSession: imapmemserver.NewUserSession(a.user), account: a}, &imapserver.GreetingData{}, nil
		},
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {},
			imap.CapNamespace: {}, imap.CapUIDPlus: {}, imap.CapESearch: {}, imap.CapListExtended: {},
			imap.CapListStatus: {}, imap.CapMove: {}, imap.CapStatusSize: {}, imap.CapLiteralPlus: {},
		},
		InsecureAuth: true, // on the loopback address
		Logger:       silent,
	})
}

// session is one client's connection. It leaves to go-imap's own session what
// changes nothing in the world.
type session struct {
	*imapmemserver.UserSession
	account *Account
	mailbox string // that is selected
}

var (
	_ imapserver.SessionIMAP4rev2   = (*session)(nil)
	_ imapserver.SessionAppendLimit = (*session)(nil)
)

// AppendLimit returns how large a message may be that is saved.
func (s *session) AppendLimit() uint32 { return MaxMessage }

// cannot refuses what a mailbox of this account does not do.
func cannot(why string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeCannot, Text: why}
}

// no reports an act that was not done.
func no(err error) error {
	if err == nil {
		return nil
	}
	return &imap.Error{Type: imap.StatusResponseTypeNo, Text: oneLine(err.Error())}
}

// What a client asks of folders is refused: there are those that there are.

// Create refuses.
func (*session) Create(string, *imap.CreateOptions) error {
	return cannot("mailboxes cannot be made here")
}

// Delete refuses.
func (*session) Delete(string) error { return cannot("mailboxes cannot be deleted here") }

// Rename refuses.
func (*session) Rename(string, string, *imap.RenameOptions) error {
	return cannot("mailboxes cannot be renamed here")
}

// canonical returns a mailbox's name as it is kept: INBOX may be written anyhow.
func canonical(name string) string {
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	return name
}

// folderArguments name a mailbox in the record of a command.
type folderArguments struct {
	Mailbox  string   `json:"mailbox"`
	Messages []string `json:"messages,omitempty"`
	To       string   `json:"to,omitempty"`
}

// Select opens a mailbox. It is recorded when there is something new to see.
func (s *session) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	name = canonical(name)
	if err := s.account.update(); err != nil {
		return nil, no(err)
	}
	data, err := s.UserSession.Select(name, options)
	if err != nil {
		return nil, err
	}
	s.mailbox = name
	status, err := s.Status(name, &imap.StatusOptions{NumUnseen: true})
	if err != nil {
		return nil, err
	}
	return data, no(s.account.look(name, fmt.Sprintf("%d messages, %d unread", data.NumMessages, *status.NumUnseen)))
}

// look records that a mailbox was opened, if it looks different from before.
func (a *Account) look(name, sight string) error {
	a.mu.Lock()
	before := a.looked[name]
	a.looked[name] = sight
	a.mu.Unlock()
	if before == sight {
		return nil
	}
	_, err := a.desk.Do("imap_select", folderArguments{Mailbox: name}, func(*bridge.Act) (string, error) { return sight, nil })
	return err
}

// Unselect closes the mailbox.
func (s *session) Unselect() error {
	s.mailbox = ""
	return s.UserSession.Unselect()
}

// Status tells how many messages a mailbox has.
func (s *session) Status(name string, options *imap.StatusOptions) (*imap.StatusData, error) {
	if err := s.account.update(); err != nil {
		return nil, no(err)
	}
	return s.UserSession.Status(canonical(name), options)
}

// Poll tells what is new.
func (s *session) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	if err := s.account.update(); err != nil {
		return no(err)
	}
	return s.UserSession.Poll(w, allowExpunge)
}

// longestWait is how long the world's clock moves on at the most while a client
// waits.
const longestWait = 24 * time.Hour

// Idle waits for mail, as the tool for it does: time in the world passes until
// the next message comes, if one is on its way.
func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	coming := false
	s.account.desk.View(func(state *world.State) { _, coming = state.Next() })
	if coming {
		_, err := s.account.desk.Do("imap_idle", folderArguments{Mailbox: s.mailbox}, func(act *bridge.Act) (string, error) {
			effect, err := act.State.Wait(longestWait, act.Source)
			if err != nil {
				return "", err
			}
			act.Done(effect)
			return "It is " + act.State.Clock().Format("3:04 PM") + ".", nil
		})
		if err != nil {
			return no(err)
		}
	}
	if err := s.Poll(w, true); err != nil {
		return err
	}
	return s.UserSession.Idle(w, stop)
}

// chosen returns the messages that a command names. The caller holds the
// account's lock.
func (s *session) chosen(set imap.NumSet) ([]entry, error) {
	criteria := &imap.SearchCriteria{}
	switch set := set.(type) {
	case imap.UIDSet:
		criteria.UID = []imap.UIDSet{slices.Clone(set)}
	case imap.SeqSet:
		criteria.SeqNum = []imap.SeqSet{slices.Clone(set)}
	}
	data, err := s.Search(imapserver.NumKindUID, criteria, &imap.SearchOptions{})
	if err != nil {
		return nil, err
	}
	uids, _ := data.All.(imap.UIDSet)
	return s.account.find(s.mailbox, uids), nil
}

// Fetch hands messages over. Whoever gets the text of a message, or a document
// that is attached to it, has opened it.
func (s *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	if err := s.open(set, options); err != nil {
		return err
	}
	return s.UserSession.Fetch(w, set, options)
}

func (s *session) open(set imap.NumSet, options *imap.FetchOptions) error {
	wanted := partsOf(options)
	if len(wanted) == 0 {
		return nil
	}
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	entries, err := s.chosen(set)
	if err != nil {
		return err
	}
	unopened := s.account.unopened(entries, wanted)
	if len(unopened) == 0 {
		return nil
	}
	if isPeek(options) {
		for _, id := range unopened {
			s.account.peeked[id] = true
		}
	}
	_, err = s.account.desk.Do("imap_fetch", folderArguments{Mailbox: s.mailbox, Messages: unopened}, func(act *bridge.Act) (string, error) {
		for _, id := range unopened {
			if err := openParts(act, id, wanted); err != nil {
				return "", &bridge.Refused{Err: err, Looks: true}
			}
		}
		if len(unopened) == 1 {
			return "1 message opened", nil
		}
		return fmt.Sprintf("%d messages opened", len(unopened)), nil
	})
	return no(err)
}

// unopened returns the messages of which something that is wanted is not open
// yet. Messages of the agent's own never are.
func (a *Account) unopened(entries []entry, wanted []part) []string {
	var ids []string
	a.desk.View(func(s *world.State) {
		for _, e := range entries {
			m, ok := s.Mail(e.id)
			if !ok {
				continue // a draft
			}
			closed := s.IsUnread(m) && slices.ContainsFunc(wanted, part.hasText)
			for i, d := range m.Attachments {
				closed = closed || !s.IsOpened(d) && slices.ContainsFunc(wanted, func(p part) bool { return p.hasAttachment(i) })
			}
			if closed {
				ids = append(ids, e.id)
			}
		}
	})
	return ids
}

func openParts(act *bridge.Act, id string, wanted []part) error {
	m, _ := act.State.Mail(id)
	if slices.ContainsFunc(wanted, part.hasText) {
		_, effect, opened, err := act.State.Open(id, act.Source)
		if err != nil {
			return err
		}
		if opened {
			act.Done(effect)
		}
	}
	for i, d := range m.Attachments {
		if !slices.ContainsFunc(wanted, func(p part) bool { return p.hasAttachment(i) }) {
			continue
		}
		_, effect, opened, err := act.State.OpenDocument(d, act.Source)
		if err != nil {
			return err
		}
		if opened {
			act.Done(effect)
		}
	}
	return nil
}

// part is a part of a message that a client fetches: all of it, or one of its
// numbered parts.
type part int

const whole part = 0

func (p part) hasText() bool            { return p == whole || p == 1 }
func (p part) hasAttachment(i int) bool { return p == whole || int(p) == i+2 }

// partsOf returns the parts whose content is fetched, which heads are not.
func partsOf(options *imap.FetchOptions) []part {
	var parts []part
	add := func(path []int) {
		if len(path) == 0 {
			parts = append(parts, whole)
			return
		}
		parts = append(parts, part(path[0]))
	}
	for _, section := range options.BodySection {
		if section.Specifier == imap.PartSpecifierNone || section.Specifier == imap.PartSpecifierText {
			add(section.Part)
		}
	}
	for _, section := range options.BinarySection {
		add(section.Part)
	}
	return parts
}

// isPeek reports whether a client asks not to mark messages as read.
func isPeek(options *imap.FetchOptions) bool {
	return !slices.ContainsFunc(options.BodySection, func(b *imap.FetchItemBodySection) bool { return !b.Peek }) &&
		!slices.ContainsFunc(options.BinarySection, func(b *imap.FetchItemBinarySection) bool { return !b.Peek })
}

// Append saves a draft. Nothing else can be put into a mailbox: what others
// wrote comes by itself, and a copy of what was sent is kept already.
func (s *session) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxMessage+1))
	if err != nil {
		return nil, err
	}
	switch canonical(name) {
	case "Drafts":
		return s.account.draft(raw)
	case "Sent":
		return s.account.sentCopy(raw)
	case "INBOX", "Archive":
		return nil, cannot("only drafts can be saved, in Drafts")
	}
	return s.UserSession.Append(name, literal{bytes.NewReader(raw)}, options) // which says that there is no such mailbox
}

func (a *Account) draft(raw []byte) (*imap.AppendData, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l, err := a.read(raw)
	if err != nil {
		return nil, no(err)
	}
	_, err = a.desk.Do("imap_append", l.arguments(l.To, l.Cc), func(act *bridge.Act) (string, error) {
		effect, err := act.State.Write(l.message(l.To, l.Cc), "", act.Source)
		if err != nil {
			return "", &bridge.Refused{Err: err, Looks: true}
		}
		a.written[effect.Mail.ID] = written{id: l.ID, raw: raw}
		act.Done(effect)
		return "Saved as " + effect.Mail.ID + ".", nil
	})
	if err != nil {
		return nil, no(err)
	}
	if err := a.updateLocked(); err != nil {
		return nil, no(err)
	}
	entries := a.entries["Drafts"]
	return a.appended("Drafts", entries[len(entries)-1])
}

// sentCopy answers a client that files a copy of what it has sent: it is there.
func (a *Account) sentCopy(raw []byte) (*imap.AppendData, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	l, err := a.read(raw)
	if err != nil {
		return nil, no(err)
	}
	for _, e := range a.entries["Sent"] {
		if w := a.written[e.id]; l.ID != "" && w.id == l.ID {
			return a.appended("Sent", e)
		}
	}
	return nil, cannot("copies of what is sent are kept here without being saved")
}

func (a *Account) appended(name string, e entry) (*imap.AppendData, error) {
	status, err := a.user.Status(name, &imap.StatusOptions{UIDValidity: true})
	if err != nil {
		return nil, err
	}
	return &imap.AppendData{UIDValidity: status.UIDValidity, UID: e.uid}, nil
}

// Copy moves messages of the inbox to the archive, as Move does: a message is in
// one of the two. There is nothing else to copy to.
func (s *session) Copy(set imap.NumSet, to string) (*imap.CopyData, error) {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	entries, err := s.chosen(set)
	if err != nil {
		return nil, err
	}
	to = canonical(to)
	if _, ok := mailboxes[to]; !ok {
		return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeTryCreate, Text: "there is no mailbox " + oneLine(to)}
	}
	if s.mailbox != "INBOX" || to != "Archive" {
		return nil, cannot("messages go from INBOX to Archive and nowhere else")
	}
	if len(entries) == 0 {
		return &imap.CopyData{}, nil
	}
	if err := s.account.archive("imap_move", entries); err != nil {
		return nil, err
	}
	var data imap.CopyData
	status, err := s.account.user.Status(to, &imap.StatusOptions{UIDValidity: true})
	if err != nil {
		return nil, err
	}
	data.UIDValidity = status.UIDValidity
	for _, e := range entries {
		data.SourceUIDs.AddNum(e.uid)
		for _, moved := range s.account.entries[to] {
			if moved.id == e.id {
				data.DestUIDs.AddNum(moved.uid)
			}
		}
	}
	return &data, nil
}

// Move moves messages of the inbox to the archive.
func (s *session) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	data, err := s.Copy(set, to)
	if err != nil {
		return err
	}
	return w.WriteCopyData(data) // what is gone from the mailbox is told by Poll
}

// archive archives messages of the inbox. The caller holds the lock.
func (a *Account) archive(name string, entries []entry) error {
	ids := idsOf(entries)
	_, err := a.desk.Do(name, folderArguments{Mailbox: "INBOX", Messages: ids, To: "Archive"}, func(act *bridge.Act) (string, error) {
		effect, err := act.State.Archive(ids, act.Source)
		if err != nil {
			return "", &bridge.Refused{Err: err, Looks: true}
		}
		act.Done(effect)
		return fmt.Sprintf("%d messages moved to the archive", len(ids)), nil
	})
	if err != nil {
		return no(err)
	}
	return no(a.updateLocked())
}

// Expunge takes messages out that are marked as deleted. An organisation deletes
// no mail: those of the inbox go to the archive, and others only out of the
// client's sight.
func (s *session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	criteria := &imap.SearchCriteria{Flag: []imap.Flag{imap.FlagDeleted}}
	if uids != nil {
		criteria.UID = []imap.UIDSet{slices.Clone(*uids)}
	}
	data, err := s.Search(imapserver.NumKindUID, criteria, &imap.SearchOptions{})
	if err != nil {
		return err
	}
	deleted, _ := data.All.(imap.UIDSet)
	entries := s.account.find(s.mailbox, deleted)
	if len(entries) == 0 {
		return nil
	}
	if s.mailbox == "INBOX" {
		return s.account.archive("imap_expunge", entries)
	}
	for _, e := range entries {
		s.account.gone[s.mailbox+e.id] = true
	}
	s.account.entries[s.mailbox] = slices.DeleteFunc(s.account.entries[s.mailbox], func(e entry) bool { return slices.Contains(entries, e) })
	return s.UserSession.Expunge(nil, &deleted)
}
