package mail

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-smtp"

	"turncoat"
	"turncoat/bridge"
	"turncoat/world"
)

// mailboxes are the folders of a world by their names in IMAP.
var mailboxes = map[string]world.Folder{
	"INBOX":   world.FolderInbox,
	"Sent":    world.FolderSent,
	"Drafts":  world.FolderDrafts,
	"Archive": world.FolderArchive,
}

// mailboxNames are their names in order.
var mailboxNames = []string{"INBOX", "Sent", "Drafts", "Archive"}

// Account is the mail account of the agent of a desk. What a client sees is a
// copy of the world's mailbox in the memory of go-imap's server, which is brought
// up to date before each command.
type Account struct {
	desk    *bridge.Desk
	address string
	secret  bridge.Secret
	imap    *imapserver.Server
	smtp    *smtp.Server
	closed  chan struct{}

	mu      sync.Mutex
	user    *imapmemserver.User
	entries map[string][]entry // by mailbox, in the order in which they came
	gone    map[string]bool    // that the client has expunged and the world keeps, by mailbox and Mail.ID
	peeked  map[string]bool    // that were opened without being marked as read, by Mail.ID
	seen    map[string]bool    // that were marked as read because they were opened, by Mail.ID
	looked  map[string]string  // what was told of a mailbox when it was opened last
	written map[string]written // what the client wrote, by Mail.ID
}

// entry is a message in a mailbox.
type entry struct {
	id  string // Mail.ID
	uid imap.UID
}

// written is a message as the client wrote it.
type written struct {
	id  string // its Message-ID
	raw []byte
}

// NewAccount returns the account of a desk's agent. Its user name is the agent's
// address, its password the secret.
func NewAccount(d *bridge.Desk, secret bridge.Secret) (*Account, error) {
	agent, ok := d.World().Person(turncoat.RoleAgent)
	if !ok {
		return nil, fmt.Errorf("nobody in the world %s has the role of the agent, whose mail account this would be", d.World().ID)
	}
	a := &Account{
		desk: d, address: agent.Address, secret: secret, closed: make(chan struct{}),
		user:    imapmemserver.NewUser(agent.Address, string(secret)),
		entries: map[string][]entry{}, gone: map[string]bool{}, peeked: map[string]bool{},
		seen: map[string]bool{}, looked: map[string]string{}, written: map[string]written{},
	}
	for _, name := range mailboxNames {
		if err := a.user.Create(name, nil); err != nil {
			return nil, err
		}
		if err := a.user.Subscribe(name); err != nil {
			return nil, err
		}
	}
	a.imap = a.newIMAP()
	a.smtp = a.newSMTP()
	// What happens by other means, such as a tool, is shown to a client that waits.
	changed := make(chan struct{}, 1)
	d.Watch(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	go func() {
		for {
			select {
			case <-changed:
				_ = a.update() // the next command reports an error
			case <-a.closed:
				return
			}
		}
	}()
	return a, a.update()
}

// Address is the mail address of the agent, which is also its user name.
func (a *Account) Address() string { return a.address }

// ServeIMAP serves the account on a listener until it is closed.
func (a *Account) ServeIMAP(l net.Listener) error { return a.imap.Serve(l) }

// ServeSMTP serves submission from the account on a listener until it is closed.
func (a *Account) ServeSMTP(l net.Listener) error { return a.smtp.Serve(l) }

// Close ends all connections and stops listening. It is called once.
func (a *Account) Close() error {
	close(a.closed)
	err := a.imap.Close()
	if other := a.smtp.Close(); err == nil {
		err = other
	}
	return err
}

// silent is where the servers' own logs go: what clients do wrong is theirs.
var silent = log.New(io.Discard, "", 0)

// update brings the copy up to date with the world.
func (a *Account) update() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.updateLocked()
}

func (a *Account) updateLocked() error {
	now := map[string][]turncoat.Mail{}
	opened := map[string]bool{}
	a.desk.View(func(s *world.State) {
		for name, folder := range mailboxes {
			now[name] = s.Folder(folder)
			for _, m := range now[name] {
				opened[m.ID] = folder == world.FolderSent || folder == world.FolderDrafts || !s.IsUnread(m)
			}
		}
	})
	for _, name := range mailboxNames {
		if err := a.updateMailbox(name, now[name], opened); err != nil {
			return fmt.Errorf("mailbox %s: %w", name, err)
		}
	}
	return nil
}

// updateMailbox adds to the copy of a mailbox what has come, takes out what has
// gone, and marks what has been opened.
func (a *Account) updateMailbox(name string, mail []turncoat.Mail, opened map[string]bool) error {
	var gone, read imap.UIDSet
	a.entries[name] = slices.DeleteFunc(a.entries[name], func(e entry) bool {
		isGone := !slices.ContainsFunc(mail, func(m turncoat.Mail) bool { return m.ID == e.id })
		if isGone {
			gone.AddNum(e.uid)
		}
		return isGone
	})
	for _, m := range mail {
		isThere := slices.ContainsFunc(a.entries[name], func(e entry) bool { return e.id == m.ID })
		if isThere || a.gone[name+m.ID] {
			continue
		}
		if err := a.put(name, m, opened[m.ID]); err != nil {
			return err
		}
	}
	for _, e := range a.entries[name] {
		if opened[e.id] && !a.peeked[e.id] && !a.seen[e.id] {
			a.seen[e.id] = true
			read.AddNum(e.uid)
		}
	}
	return a.keepHouse(name, func(s *imapmemserver.UserSession) error {
		if len(read) > 0 {
			if err := s.Store(nil, read, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagSeen}}, nil); err != nil {
				return err
			}
		}
		if len(gone) == 0 {
			return nil
		}
		if err := s.Store(nil, gone, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil); err != nil {
			return err
		}
		return s.Expunge(nil, &gone)
	})
}

// put adds a message to the copy of a mailbox.
func (a *Account) put(name string, m turncoat.Mail, isRead bool) error {
	raw := a.written[m.ID].raw
	if raw == nil {
		answers := ""
		if m.InReplyTo != "" {
			answers = a.messageIDOf(m.InReplyTo)
		}
		var err error
		if raw, err = render(m, a.messageID(m), answers, a.desk.World().Documents); err != nil {
			return err
		}
	}
	options := &imap.AppendOptions{Time: m.Date}
	if isRead && !a.peeked[m.ID] {
		a.seen[m.ID] = true
		options.Flags = append(options.Flags, imap.FlagSeen)
	}
	if name == "Drafts" {
		options.Flags = append(options.Flags, imap.FlagDraft)
	}
	data, err := a.user.Append(name, literal{bytes.NewReader(raw)}, options)
	if err != nil {
		return err
	}
	a.entries[name] = append(a.entries[name], entry{id: m.ID, uid: data.UID})
	return nil
}

// literal is a text as go-imap wants to read it.
type literal struct{ *bytes.Reader }

// Size returns its length.
func (l literal) Size() int64 { return l.Reader.Size() }

// keepHouse changes the copy of a mailbox as a client could.
func (a *Account) keepHouse(name string, do func(*imapmemserver.UserSession) error) error {
	s := imapmemserver.NewUserSession(a.user)
	if _, err := s.Select(name, &imap.SelectOptions{}); err != nil {
		return err
	}
	err := do(s)
	if closing := s.Unselect(); err == nil {
		err = closing
	}
	return err
}

func (a *Account) messageID(m turncoat.Mail) string {
	if w, ok := a.written[m.ID]; ok && w.id != "" {
		return w.id
	}
	return messageID(a.desk.World().ID, m)
}

// messageIDOf returns the Message-ID of a message, or "" if there is none.
func (a *Account) messageIDOf(id string) string {
	var found turncoat.Mail
	a.desk.View(func(s *world.State) { found, _ = s.Mail(id) })
	if found.ID == "" {
		return ""
	}
	return a.messageID(found)
}

// known returns what can be recognised in a letter now.
func (a *Account) known() Known {
	k := Known{IDs: map[string]string{}, Documents: a.desk.World().Documents}
	a.desk.View(func(s *world.State) {
		for _, folder := range []world.Folder{world.FolderInbox, world.FolderArchive, world.FolderSent} {
			k.Mail = append(k.Mail, s.Folder(folder)...)
		}
	})
	for _, m := range k.Mail {
		k.IDs[a.messageID(m)] = m.ID
	}
	return k
}

// read reads what a client wrote. The caller holds the lock.
func (a *Account) read(raw []byte) (Letter, error) {
	l, err := ReadLetter(raw, a.known())
	l.Subject, l.Body, l.Text = a.desk.Clean(l.Subject), a.desk.Clean(l.Body), a.desk.Clean(l.Text)
	return l, err
}

// find returns the messages that have some UIDs in a mailbox, in order.
func (a *Account) find(name string, uids imap.UIDSet) []entry {
	return slices.DeleteFunc(slices.Clone(a.entries[name]), func(e entry) bool { return !uids.Contains(e.uid) })
}

func idsOf(entries []entry) []string {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.id)
	}
	return ids
}
