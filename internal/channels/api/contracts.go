package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// A ContractVersion is one version of a contract as it was installed.
type ContractVersion struct {
	Digest      string `json:"digest" doc:"SHA-256 of the document's bytes: names exactly this text"`
	Version     string `json:"version" doc:"The number that the document bears"`
	State       string `json:"state" enum:"current,retired,past"`
	Pack        string `json:"pack,omitempty" doc:"Pack that brought it"`
	InstalledAt string `json:"installed_at" format:"date-time"`
	InstalledBy string `json:"installed_by,omitempty" doc:"Id of the account; not told without an account"`
	Note        string `json:"note,omitempty" doc:"Why, in the words of who put it in force; not told without an account"`
	ByHand      bool   `json:"by_hand,omitempty" doc:"Changed on the platform, where a pack had brought it"`
}

type contractVersions struct {
	Body struct {
		Items []ContractVersion `json:"items" nullable:"false" doc:"The newest first"`
	}
}

// A ContractDiff says what changes from one version of a contract to another.
type ContractDiff struct {
	From     ContractVersion   `json:"from"`
	To       ContractVersion   `json:"to"`
	Breaking bool              `json:"breaking" doc:"Senders or readers have to change something"`
	Changes  []contract.Change `json:"changes" nullable:"false" doc:"Of the contract, its tables, fields and rules, in words"`
}

type contractDiff struct{ Body ContractDiff }

func (s *Server) contractRoutes() {
	need := door.Each(policy.Describe, policy.KindDataset)
	register(s, need, huma.Operation{
		OperationID: "list-contract-versions", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/contract/versions",
		Summary: "Các phiên bản của đặc tả / Versions of a contract", Tags: []string{"datasets"},
	}, s.listContractVersions)
	register(s, need, huma.Operation{
		OperationID: "get-contract-version", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/contract/versions/{version}",
		Summary: "Một phiên bản của đặc tả / One version of a contract (ODCS)", Tags: []string{"datasets"},
		Description: "By its number, or by its digest or the first eight signs of it or more. YAML, or JSON when Accept asks for application/json.",
		Responses: withNotModified(map[string]*huma.Response{"200": {Description: "OK", Content: map[string]*huma.MediaType{
			"application/yaml": {Schema: &huma.Schema{Type: "string"}},
			"application/json": {Schema: &huma.Schema{Type: "object", AdditionalProperties: true}},
		}}}),
	}, s.getContractVersion)
	register(s, need, huma.Operation{
		OperationID: "diff-contract", Method: http.MethodGet, Path: Prefix + "/datasets/{id}/contract/diff",
		Summary: "So sánh hai phiên bản của đặc tả / What changes between two versions", Tags: []string{"datasets"},
	}, s.diffContract)
	edit := door.Each(policy.EditContract, policy.KindDataset)
	register(s, edit, huma.Operation{
		OperationID: "check-contract", Method: http.MethodPost, Path: Prefix + "/datasets/{id}/contract/check", DefaultStatus: http.StatusOK,
		Summary: "Kiểm tra một đặc tả trước khi thay / Look at a contract before it is put in force", Tags: []string{"datasets"},
		Description: "What is wrong with the document, in which line, and what it changes. Nothing is kept.",
	}, s.checkContract)
	register(s, edit, huma.Operation{
		OperationID: "put-contract", Method: http.MethodPut, Path: Prefix + "/datasets/{id}/contract",
		Summary: "Thay đặc tả / Put another version of the contract in force", Tags: []string{"datasets"},
		Description: "If-Match is the ETag of the contract as it was read (as YAML), or its digest. What is there is judged again by the new version. To go back, put the older document.",
	}, s.putContract)
}

// versions lists the versions of a data set that the caller may know of.
func (s *Server) versions(ctx context.Context, address string) (*contract.Contract, []contract.Version, error) {
	con, _, err := s.may(ctx, policy.Describe, address)
	if err != nil {
		return nil, nil, err
	}
	list, err := s.Contracts.Versions(ctx, con.ID)
	return con, list, err
}

// versionOf words a version; who installed it is for those who have an account.
func versionOf(ctx context.Context, v contract.Version) ContractVersion {
	out := ContractVersion{Digest: v.Digest, Version: v.Version, State: v.State, Pack: v.Pack, InstalledAt: v.InstalledAt, ByHand: v.ByHand}
	if door.From(ctx).Known() {
		out.InstalledBy, out.Note = v.InstalledBy, v.Note
	}
	return out
}

func (s *Server) listContractVersions(ctx context.Context, in *Addressed) (*contractVersions, error) {
	_, list, err := s.versions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &contractVersions{}
	out.Body.Items = make([]ContractVersion, len(list))
	for i, v := range list {
		out.Body.Items[i] = versionOf(ctx, v)
	}
	return out, nil
}

// picked is a version that a caller has named.
func picked(con *contract.Contract, list []contract.Version, name string) (contract.Version, error) {
	v, ok := contract.Pick(list, name)
	if !ok {
		return v, fault.New(fault.NotFound, "contract.no-version", name, con.Name)
	}
	return v, nil
}

func (s *Server) getContractVersion(ctx context.Context, in *struct {
	Addressed
	Version string `path:"version" maxLength:"100" example:"1.0.0"`
}) (*huma.StreamResponse, error) {
	con, list, err := s.versions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	v, err := picked(con, list, in.Version)
	if err != nil {
		return nil, err
	}
	return s.document(ctx, con.ID, v.Digest)
}

func (s *Server) diffContract(ctx context.Context, in *struct {
	Addressed
	From string `query:"from" maxLength:"100" doc:"Number or digest of the older version; the one before to when absent"`
	To   string `query:"to" maxLength:"100" doc:"Number or digest of the newer version; the one in force when absent"`
}) (*contractDiff, error) {
	con, list, err := s.versions(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	from, to, err := Between(con, list, in.From, in.To)
	if err != nil {
		return nil, err
	}
	changes, err := Changes(ctx, s.Contracts, con.ID, from, to)
	if err != nil {
		return nil, err
	}
	return &contractDiff{ContractDiff{From: versionOf(ctx, from), To: versionOf(ctx, to), Breaking: contract.Breaking(changes), Changes: changes}}, nil
}

// Between picks the two versions that are compared: to is the newest when it is
// not named, from the one before it. A contract of one version is compared with
// itself.
func Between(con *contract.Contract, list []contract.Version, from, to string) (a, b contract.Version, err error) {
	at := 0
	if b = list[0]; to != "" {
		if b, err = picked(con, list, to); err != nil {
			return a, b, err
		}
		for i := range list {
			if list[i].Digest == b.Digest {
				at = i
			}
		}
	}
	if a = list[min(at+1, len(list)-1)]; from != "" {
		a, err = picked(con, list, from)
	}
	return a, b, err
}

// versioned is what finds a version of a contract.
type versioned interface {
	Version(ctx context.Context, id, digest string) (*contract.Contract, error)
}

// Changes are what changes between two versions, field by field and rule by rule.
func Changes(ctx context.Context, s versioned, id string, from, to contract.Version) ([]contract.Change, error) {
	if from.Digest == to.Digest {
		return []contract.Change{}, nil
	}
	old, err := s.Version(ctx, id, from.Digest)
	if err != nil {
		return nil, err
	}
	new, err := s.Version(ctx, id, to.Digest)
	if err != nil {
		return nil, err
	}
	changes := contract.Diff(old, new)
	if changes == nil {
		changes = []contract.Change{}
	}
	return changes, nil
}
