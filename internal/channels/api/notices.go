package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/channels/dutydesk"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A Notice is what an account or its agency is told.
type Notice struct {
	ID        string          `json:"id"`
	Org       string          `json:"org,omitempty" doc:"Agency that is told; absent when the account alone is"`
	Kind      string          `json:"kind" doc:"issue, deadline, …"`
	Severity  notify.Severity `json:"severity" enum:"info,warning,urgent"`
	TitleVi   string          `json:"title_vi"`
	TitleEn   string          `json:"title_en,omitempty"`
	TextVi    string          `json:"text_vi,omitempty"`
	TextEn    string          `json:"text_en,omitempty"`
	Path      string          `json:"path,omitempty" doc:"Page where the rest stands"`
	CreatedAt time.Time       `json:"created_at"`
	ReadAt    *time.Time      `json:"read_at,omitempty" doc:"By the caller; absent when not read"`
}

// A NoticePreference is what an account wants by e-mail.
type NoticePreference struct {
	Mail []string `json:"mail" nullable:"false" maxItems:"3" enum:"info,warning,urgent" doc:"Severities; none: no e-mail"`
}

// A NoticeChannel is a way by which notices leave the platform.
type NoticeChannel struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind" enum:"mail,webhook"`
	Name       string   `json:"name" maxLength:"200"`
	On         bool     `json:"on"`
	URL        string   `json:"url,omitempty" maxLength:"2000" doc:"Webhook: where to"`
	Severities []string `json:"severities,omitempty" nullable:"false" doc:"Webhook: which; all when absent"`
	Orgs       []string `json:"orgs,omitempty" nullable:"false" doc:"Webhook: of which agencies; all when absent"`
	Host       string   `json:"host,omitempty" maxLength:"200" doc:"Mail server"`
	Port       int      `json:"port,omitempty"`
	TLS        string   `json:"tls,omitempty" enum:"starttls,tls,none"`
	User       string   `json:"user,omitempty" maxLength:"200"`
	From       string   `json:"from,omitempty" maxLength:"300" doc:"Address of the sender"`
	HasSecret  bool     `json:"has_secret" doc:"A secret is kept; it is never shown"`
	Secret     string   `json:"secret,omitempty" doc:"That of a new webhook, shown this once"`
}

// A NoticeChannelChange makes or changes a channel.
type NoticeChannelChange struct {
	Kind       string   `json:"kind" enum:"mail,webhook"`
	Name       string   `json:"name" maxLength:"200"`
	On         bool     `json:"on"`
	URL        string   `json:"url,omitempty" maxLength:"2000"`
	Severities []string `json:"severities,omitempty" nullable:"false" maxItems:"3"`
	Orgs       []string `json:"orgs,omitempty" nullable:"false" maxItems:"500"`
	Host       string   `json:"host,omitempty" maxLength:"200"`
	Port       int      `json:"port,omitempty" minimum:"0" maximum:"65535"`
	TLS        string   `json:"tls,omitempty" enum:"starttls,tls,none"`
	User       string   `json:"user,omitempty" maxLength:"200"`
	From       string   `json:"from,omitempty" maxLength:"300"`
	Secret     string   `json:"secret,omitempty" maxLength:"500" doc:"A new one; as it was when absent"`
	Why        string   `json:"why" maxLength:"5000"`
}

// A NoticeDelivery is one message that goes out, or went, or did not.
type NoticeDelivery struct {
	ID      string     `json:"id"`
	Channel string     `json:"channel"`
	Notice  string     `json:"notice"`
	Account string     `json:"account,omitempty" doc:"Whose mailbox; absent for webhooks"`
	State   string     `json:"state" enum:"waiting,sent,dead"`
	Tries   int        `json:"tries"`
	NextAt  *time.Time `json:"next_at,omitempty"`
	EndedAt *time.Time `json:"ended_at,omitempty"`
	Reason  string     `json:"reason,omitempty" doc:"Why it did not get through, in the reader's words"`
}

type noticeList struct {
	Body struct {
		Items  []Notice `json:"items" nullable:"false" doc:"The newest first"`
		Next   string   `json:"next,omitempty" doc:"Give it as cursor; absent on the last page"`
		Unread int      `json:"unread" doc:"At most 1000"`
	}
}

type (
	preferenceAnswer struct{ Body NoticePreference }
	channelAnswer    struct{ Body NoticeChannel }
	channelList      struct {
		Body struct {
			Items []NoticeChannel `json:"items" nullable:"false"`
		}
	}
	deliveryList struct {
		Body struct {
			Items []NoticeDelivery `json:"items" nullable:"false" doc:"The newest first"`
			Next  string           `json:"next,omitempty" doc:"Give it as cursor; absent on the last page"`
		}
	}
)

// ChannelNamed names a channel.
type ChannelNamed struct {
	ID string `path:"id" maxLength:"40" doc:"Id of the channel; new makes one"`
}

func (s *Server) noticeRoutes() {
	if s.Duties == nil {
		return
	}
	own, run := door.Of(policy.OwnAccount, policy.KindSelf), door.Of(policy.Operate, policy.KindServer)
	register(s, own, huma.Operation{
		OperationID: "list-notices", Method: http.MethodGet, Path: Prefix + "/notices",
		Summary: "Thông báo của tôi / My notices", Tags: []string{"notices"},
		Description: "Those to the account and to the agency that it acts for.",
	}, s.listNotices)
	register(s, own, huma.Operation{
		OperationID: "read-notices", Method: http.MethodPost, Path: Prefix + "/notices/read",
		Summary: "Đánh dấu đã đọc / Mark as read", Tags: []string{"notices"},
	}, func(ctx context.Context, in *struct {
		Body struct {
			All bool     `json:"all,omitempty" doc:"All that there are"`
			IDs []string `json:"ids,omitempty" nullable:"false" maxItems:"500"`
		}
	}) (*noticeList, error) {
		if err := s.Duties.MarkRead(ctx, in.Body.All, in.Body.IDs...); err != nil {
			return nil, err
		}
		return s.notices(ctx, notify.Filter{Limit: 50})
	})
	register(s, own, huma.Operation{
		OperationID: "get-notice-preference", Method: http.MethodGet, Path: Prefix + "/notices/preference",
		Summary: "Loại thông báo nhận qua thư / What comes by e-mail", Tags: []string{"notices"},
	}, func(ctx context.Context, _ *struct{}) (*preferenceAnswer, error) { return s.preference(ctx) })
	register(s, own, huma.Operation{
		OperationID: "put-notice-preference", Method: http.MethodPut, Path: Prefix + "/notices/preference",
		Summary: "Chọn loại thông báo nhận qua thư / Choose what comes by e-mail", Tags: []string{"notices"},
	}, func(ctx context.Context, in *struct{ Body NoticePreference }) (*preferenceAnswer, error) {
		if err := s.Duties.SetPreference(ctx, notify.Preference{Mail: severities(in.Body.Mail)}); err != nil {
			return nil, err
		}
		return s.preference(ctx)
	})
	register(s, run, huma.Operation{
		OperationID: "list-notice-channels", Method: http.MethodGet, Path: Prefix + "/notice-channels",
		Summary: "Kênh gửi thông báo / Ways out for notices", Tags: []string{"notices"},
	}, s.listChannels)
	register(s, run, huma.Operation{
		OperationID: "put-notice-channel", Method: http.MethodPut, Path: Prefix + "/notice-channels/{id}",
		Summary: "Lập, sửa kênh gửi / Make or change a way out", Tags: []string{"notices"},
		Description: "Where it leads must be in the setting outgoing. A webhook without a secret gets one, which is shown this once.",
	}, func(ctx context.Context, in *struct {
		ChannelNamed
		Body NoticeChannelChange
	}) (*channelAnswer, error) {
		b := in.Body
		c := notify.Channel{ID: in.ID, Kind: b.Kind, Name: b.Name, On: b.On, URL: b.URL, Severities: severities(b.Severities), Orgs: b.Orgs,
			Host: b.Host, Port: b.Port, TLS: b.TLS, User: b.User, From: b.From, Secret: b.Secret}
		if in.ID == "new" {
			c.ID = ""
		}
		c, err := s.Duties.PutChannel(ctx, b.Why, c)
		if err != nil {
			return nil, err
		}
		return &channelAnswer{channelOf(c)}, nil
	})
	register(s, run, huma.Operation{
		OperationID: "delete-notice-channel", Method: http.MethodDelete, Path: Prefix + "/notice-channels/{id}",
		Summary: "Gỡ kênh gửi / Take a way out away", Tags: []string{"notices"},
	}, func(ctx context.Context, in *struct {
		ChannelNamed
		Why string `query:"why" maxLength:"2000" doc:"Reason of the change"`
	}) (*channelList, error) {
		if err := s.Duties.RemoveChannel(ctx, in.Why, in.ID); err != nil {
			return nil, err
		}
		return s.listChannels(ctx, nil)
	})
	register(s, run, huma.Operation{
		OperationID: "list-notice-deliveries", Method: http.MethodGet, Path: Prefix + "/notice-deliveries",
		Summary: "Các lượt gửi / Messages that went out, or did not", Tags: []string{"notices"},
	}, s.listDeliveries)
	register(s, run, huma.Operation{
		OperationID: "retry-notice-delivery", Method: http.MethodPost, Path: Prefix + "/notice-deliveries/{id}/retry",
		Summary: "Gửi lại lượt đã ngừng / Send a dead one again", Tags: []string{"notices"},
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"40"`
	}) (*struct{}, error) {
		return &struct{}{}, s.Duties.Retry(ctx, in.ID)
	})
}

func severities(list []string) []notify.Severity {
	all := make([]notify.Severity, len(list))
	for n, text := range list {
		all[n] = notify.Severity(text)
	}
	return all
}

func (s *Server) listNotices(ctx context.Context, in *struct {
	Unread   bool   `query:"unread" doc:"Those not read alone"`
	Kind     string `query:"kind" maxLength:"80"`
	Severity string `query:"severity" enum:"info,warning,urgent"`
	Cursored
}) (*noticeList, error) {
	c, err := readCursor(in.Cursor, "notices")
	if err != nil {
		return nil, err
	}
	return s.notices(ctx, notify.Filter{Unread: in.Unread, Kind: in.Kind, Severity: notify.Severity(in.Severity), Before: c.Key, Limit: in.Limit})
}

func (s *Server) notices(ctx context.Context, f notify.Filter) (*noticeList, error) {
	list, next, err := s.Duties.Notices.List(ctx, dutydesk.Reader(ctx), f)
	if err != nil {
		return nil, err
	}
	out := &noticeList{}
	out.Body.Items = []Notice{}
	for _, n := range list {
		out.Body.Items = append(out.Body.Items, Notice{n.ID, n.Org, n.Kind, n.Severity, n.TitleVi, n.TitleEn, n.TextVi, n.TextEn, n.Path, n.CreatedAt, stampOf(n.ReadAt)})
	}
	if next != "" {
		out.Body.Next = cursor{Key: next}.text("notices")
	}
	out.Body.Unread, err = s.Duties.Unread(ctx)
	return out, err
}

func (s *Server) preference(ctx context.Context) (*preferenceAnswer, error) {
	p, err := s.Duties.Notices.Preference(ctx, dutydesk.Reader(ctx).Account)
	out := &preferenceAnswer{NoticePreference{Mail: []string{}}}
	for _, severity := range p.Mail {
		out.Body.Mail = append(out.Body.Mail, string(severity))
	}
	return out, err
}

func channelOf(c notify.Channel) NoticeChannel {
	v := NoticeChannel{ID: c.ID, Kind: c.Kind, Name: c.Name, On: c.On, URL: c.URL, Orgs: c.Orgs, Host: c.Host, Port: c.Port, TLS: c.TLS, User: c.User, From: c.From,
		HasSecret: c.HasSecret, Secret: c.Secret}
	for _, severity := range c.Severities {
		v.Severities = append(v.Severities, string(severity))
	}
	return v
}

func (s *Server) listChannels(ctx context.Context, _ *struct{}) (*channelList, error) {
	list, err := s.Duties.Notices.Channels(ctx)
	out := &channelList{}
	out.Body.Items = []NoticeChannel{}
	for _, c := range list {
		out.Body.Items = append(out.Body.Items, channelOf(c))
	}
	return out, err
}

func (s *Server) listDeliveries(ctx context.Context, in *struct {
	State   string `query:"state" enum:"waiting,sent,dead"`
	Channel string `query:"channel" maxLength:"40"`
	Cursored
}) (*deliveryList, error) {
	c, err := readCursor(in.Cursor, "deliveries")
	if err != nil {
		return nil, err
	}
	list, next, err := s.Duties.Notices.Deliveries(ctx, notify.DeliveryFilter{State: in.State, Channel: in.Channel, Before: c.Key, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &deliveryList{}
	out.Body.Items = []NoticeDelivery{}
	for _, d := range list {
		out.Body.Items = append(out.Body.Items, NoticeDelivery{d.ID, d.Channel, d.Notice, d.Account, d.State, d.Tries, stampOf(d.NextAt), stampOf(d.EndedAt), d.Reason(locale.From(ctx))})
	}
	if next != "" {
		out.Body.Next = cursor{Key: next}.text("deliveries")
	}
	return out, nil
}
