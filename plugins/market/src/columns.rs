//! The names of the columns of both generations.

credit_sdk::columns! {
    /// The columns: codes of both generations, other codes in use, and Chinese titles.
    pub enum Column {
        Name: needed "CF_XDR_MC", "CF_XDR", "行政相对人", "行政相对人名称";
        Kind: optional "CF_XDR_LB", "CF_XDR_TYPE", "行政相对人类别";
        Uscc: optional "CF_XDR_SHXYM", "行政相对人代码_1（统一社会信用代码）", "行政相对人统一社会信用代码", "统一社会信用代码";
        RegNo: optional "CF_XDR_GSZC", "CF_XDR_GSDJ", "行政相对人代码_3（工商登记码）", "工商登记码", "工商注册号";
        OrgCode: optional "CF_XDR_ZZJG", "CF_XDR_ZDM", "行政相对人代码_2（组织机构代码）", "组织机构代码";
        TaxId: optional "CF_XDR_SWDJ", "行政相对人代码_4（税务登记号）", "税务登记号";
        Institution: optional "CF_XDR_SYDW", "事业单位证书号";
        Society: optional "CF_XDR_SHZZ", "社会组织登记证号";
        Representative: optional "CF_FRDB", "CF_FDDB", "CF_FR", "法定代表人姓名", "法定代表人";
        RepresentativeIdKind: optional "CF_FR_ZJLX", "法定代表人证件类型";
        RepresentativeId: optional "CF_FR_ZJHM", "CF_FR_SFZH", "法定代表人证件号码";
        PersonIdKind: optional "CF_XDR_ZJLX", "证件类型";
        PersonId: optional "CF_XDR_ZJHM", "证件号码";
        /// Generation 1: the party's own id, or its representative's.
        AnyPersonId: optional "CF_XDR_SFZ", "行政相对人代码_5（居民身份证号）", "居民身份证号";
        Number: needed "CF_WSH", "CF_CFWSH", "处罚决定书文号", "行政处罚决定文书号", "行政处罚决定书文号";
        Offence: optional "CF_WFXW", "违法行为类型";
        Facts: optional "CF_SY", "处罚事由", "违法事实";
        Basis: optional "CF_YJ", "处罚依据";
        Kinds: optional "CF_CFLB", "处罚种类", "处罚类别";
        Kinds1: optional "CF_CFLB1", "处罚类别1";
        Kinds2: optional "CF_CFLB2", "处罚类别2";
        Penalty: optional "CF_NR", "CF_JG", "处罚结果", "处罚内容";
        FineWanYuan: optional "CF_NR_FK", "罚款金额（万元）";
        FineYuan: optional "罚款金额（元）";
        Fine: optional "罚款金额";
        ConfiscatedWanYuan: optional "CF_NR_WFFF", "没收金额（万元）", "没收违法所得、没收非法财物的金额（万元）";
        ConfiscatedYuan: optional "没收金额（元）", "没收违法所得、没收非法财物的金额（元）";
        Confiscated: optional "没收金额", "没收违法所得、没收非法财物的金额";
        Licence: optional "CF_NR_ZKDX", "暂扣或吊销证照名称及编号";
        DecidedOn: needed "CF_JDRQ", "处罚日期", "处罚决定日期";
        ValidUntil: optional "CF_YXQ", "处罚有效期";
        PublicUntil: optional "CF_GSJZQ", "公示截止期";
        Authority: optional "CF_CFJG", "CF_XZJG", "处罚机关";
        AuthorityUscc: optional "CF_CFJGDM", "处罚机关统一社会信用代码";
        Provider: optional "CF_SJLY", "数据来源单位";
        ProviderUscc: optional "CF_SJLYDM", "数据来源单位统一社会信用代码";
        Remark: optional "BZ", "备注";
        Title: optional "CF_CFMC", "处罚名称";
        PowerCode: optional "CF_BM", "行政处罚编码";
        State: optional "CF_ZT", "当前状态";
        Region: optional "DFBM", "地方编码";
        Changed: optional "SJC", "数据更新时间戳";
        Scope: optional "CF_SYFW", "信息使用范围";
        Severity: optional "CF_SXYZCD", "失信严重程度";
        /// 轻微, 一般, 严重: never worked out of the local grade.
        NationalSeverity: optional "severity_national", "失信等级", "失信行为等级";
    }
}
