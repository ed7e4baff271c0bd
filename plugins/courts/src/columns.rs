//! The names of the columns, in the site's JSON, in the courts' tables, and in Chinese.

credit_sdk::columns! {
    /// The columns: the site's keys (of both spellings), the codes of two tables, and titles.
    pub enum Column {
        Id: optional "id", "sxid", "dishonest_id", "失信信息编号";
        /// A table's number of a search: the same number again.
        SearchId: optional "sabh", "search_case_no";
        Name: needed "iname", "bzxrmc", "executed_nm", "被执行人姓名/名称", "被执行人名称", "被执行人";
        CaseNumber: needed "caseCode", "ah", "case_no", "案号";
        Sequence: optional "bzxrxh", "被执行人序号";
        /// Any id, of persons and of organisations.
        Card: optional "cardNum", "sfzhm", "identi_id", "身份证号码/组织机构代码", "身份证号码";
        Uscc: optional "tyshxydm", "uni_social_crd_cd", "统一社会信用代码";
        OrgCode: optional "zzjgdm", "组织机构代码";
        Kind: optional "partyTypeName", "bzxrxz", "executed_nature", "被执行人性质";
        Age: optional "age", "年龄";
        Sex: optional "sexy", "xb", "gen", "性别";
        BornOn: optional "csrq", "birth_dt", "出生日期";
        Representative: optional "businessEntity", "fddbr", "legal_repre", "法定代表人或者负责人姓名", "法定代表人";
        Court: optional "courtName", "zxfy", "executed_court", "执行法院";
        CourtCode: optional "fydm", "法院代码";
        Province: optional "areaName", "省份";
        BasisNumber: optional "gistId", "zxyjwh", "enforce_basis", "执行依据文号";
        BasisAuthority: optional "gistUnit", "zczxyjdw", "deci_executed_unit", "做出执行依据单位",
            "作出执行依据单位";
        FiledOn: optional "regDate", "larq", "fil_dt", "立案时间", "立案日期";
        Duty: optional "duty", "sxflwsqdyw", "effect_doc_obli", "生效法律文书确定的义务";
        Performance: optional "performance", "bzxrlxqk", "lxqk", "executed_perfor", "被执行人的履行情况",
            "履行情况";
        Performed: optional "performedPart", "ylxbf", "performed_part", "已履行部分";
        Unperformed: optional "unperformPart", "wlxbf", "un_performed_part", "未履行部分";
        Grounds: optional "disruptTypeName", "sxbzxrxwqk", "dishonest_behav", "失信被执行人行为具体情形";
        PublishedOn: optional "publishDate", "fbrq", "publish_dt", "发布时间", "发布日期";
    }
}
