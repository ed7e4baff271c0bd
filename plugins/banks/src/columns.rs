//! The names of the columns of the loan notes.

credit_sdk::columns! {
    /// The columns of EAST 5.0, table IE_005_504, by code and title.
    pub enum Column {
        Licence: optional "JRXKZH", "金融许可证号";
        Office: needed "NBJGH", "内部机构号";
        OfficeName: optional "YHJGMC", "银行机构名称";
        Customer: needed "KHTYBH", "客户统一编号";
        Name: needed "KHMC", "客户名称";
        Contract: optional "XDHTH", "信贷合同号";
        Note: needed "XDJJH", "信贷借据号";
        CreditKind: optional "XDYWZL", "信贷业务种类";
        GrantKind: optional "DKFFLX", "贷款发放类型";
        Currency: optional "BZ", "币种";
        Granted: needed "DKJE", "贷款金额";
        Balance: needed "DKYE", "贷款余额";
        Class: optional "DKWJFL", "贷款五级分类";
        Periods: optional "ZQS", "总期数";
        Period: optional "DQQS", "当前期数";
        Extensions: optional "ZQCS", "展期次数";
        GrantedOn: optional "DKFFRQ", "贷款发放日期", "贷款实际发放日期";
        DueOn: optional "DKDQRQ", "贷款到期日期", "贷款原始到期日期";
        ClosedOn: optional "ZJRQ", "终结日期";
        PrincipalOwed: optional "QBJE", "欠本金额", "欠本余额";
        PrincipalOwedSince: optional "QBRQ", "欠本日期";
        InterestOwed: optional "BNQXYE", "表内欠息余额";
        InterestOwedOffBooks: optional "BWQXYE", "表外欠息余额";
        InterestOwedSince: optional "QXRQ", "欠息日期";
        PeriodsOwed: optional "LXQKQS", "连续欠款期数";
        PeriodsOwedInAll: optional "LJQKQS", "累计欠款期数";
        State: optional "DKZT", "贷款状态";
        AsOf: needed "CJRQ", "采集日期";
    }
}
