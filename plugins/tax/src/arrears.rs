//! 欠税公告: what taxpayers owe, as an office announces it.
//!
//! ```text
//! 欠税公告（2026年第3季度）                                            period: of every row
//! 单位：元                              国家税务总局黔西市税务局       unit; office: of every row
//! 序号 纳税人名称 纳税人识别号 … 欠税税种   欠税余额     当期新发生
//! 1    某公司     9152…         增值税     1,234,567.89 20000
//!                               城市维护建设税 86,419.75  1400        the same taxpayer's next tax
//! 合计                                     1,320,987.64               a control total
//! ```
//!
//! What must stay true: a row without a taxpayer is the one's above only where that row was read;
//! a total counts the rows that are doubted, too.

use credit_sdk::directory::{tax_arrears, tax_arrears_person};
use credit_sdk::tables::{Around, TableAdapter};
use credit_sdk::{Fault, Header, PageBuilder, Reason, Row, Settings, Unit};

use crate::notice::{Period, amount_of, office_of, office_unknown, period_of};
use crate::taxpayer::person;
use crate::totals::Totals;

credit_sdk::columns! {
    /// The columns of the notice.
    pub enum Column {
        Name: needed "NSRMC", "纳税人", "企业名称", "纳税人名称";
        TaxId: needed "NSRSBH", "纳税人识别号（统一社会信用代码）", "统一社会信用代码（纳税人识别号）", "社会信用代码（纳税人识别号）",
            "统一社会信用代码", "纳税人识别号";
        Representative: optional "法定代表人或负责人", "法定代表人或负责人姓名", "法定代表人（负责人）", "法定代表人（负责人）姓名",
            "法定代表人（业主）", "法定代表人姓名", "负责人", "法定代表人";
        Document: optional "居民身份证号码", "身份证件号码", "身份证号码", "证件号码";
        Place: optional "生产经营地点", "生产经营地址", "经营地址", "经营地点";
        Registration: optional "DJZCLX", "登记注册类型";
        Tax: needed "税种", "欠缴税种", "欠税税种";
        Balance: optional "欠税金额", "欠缴税额", "欠税余额";
        BalanceYuan: optional "欠税金额（元）", "欠税余额（元）";
        BalanceWanYuan: optional "欠税金额（万元）", "欠税余额（万元）";
        New: optional "本期新发生", "当期新欠", "本期新发生的欠税金额", "当期新发生欠税金额", "当期新发生的欠税金额", "当期新发生";
        NewYuan: optional "当期新发生（元）", "当期新发生欠税金额（元）", "当期新发生的欠税金额（元）";
        NewWanYuan: optional "当期新发生（万元）", "当期新发生欠税金额（万元）", "当期新发生的欠税金额（万元）";
        Office: optional "SWJG_MC", "主管税务机关", "税务机关", "征缴机关";
    }
}

/// The adapter of the feed `arrears`, of one table.
#[derive(Debug)]
pub struct Arrears {
    period: Period,
    /// Where the table has no column of offices.
    office: Option<String>,
    balance: Totals<Column>,
    new: Option<Totals<Column>>,
    above: Option<Taxpayer>,
}

/// Whose tax a row tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Taxpayer {
    name: Option<String>,
    number: Option<String>,
    representative: Option<String>,
    document: Option<String>,
    place: Option<String>,
    registration: Option<String>,
}

impl Taxpayer {
    fn of(row: &Row<'_, Column>) -> Self {
        let text = |column| row.get(column).map(str::to_owned);
        Self {
            name: text(Column::Name),
            number: text(Column::TaxId),
            representative: text(Column::Representative),
            document: text(Column::Document),
            place: text(Column::Place),
            registration: text(Column::Registration),
        }
    }

    /// The row goes on with the taxpayer of another one: it names none, or the same without a
    /// number, as where only some cells of the two rows are merged.
    fn goes_on(&self, above: Option<&Self>) -> bool {
        let same_name = above.is_some_and(|above| above.name == self.name);
        self.number.is_none() && (self.name.is_none() || same_name)
    }

    /// What the row says itself, and of the taxpayer above what it does not.
    fn or(self, above: Self) -> Self {
        Self {
            name: self.name.or(above.name),
            number: self.number.or(above.number),
            representative: self.representative.or(above.representative),
            document: self.document.or(above.document),
            place: self.place.or(above.place),
            registration: self.registration.or(above.registration),
        }
    }
}

impl TableAdapter for Arrears {
    type Column = Column;

    fn begin(
        around: &Around<'_>,
        header: &Header<Column>,
        settings: &Settings<'_>,
    ) -> Result<Self, Fault> {
        let office = office_of(around, settings);
        if office.is_none() && !header.has(Column::Office) {
            return Err(office_unknown());
        }
        let said = (around, settings);
        let named = [
            (Column::BalanceWanYuan, Unit::WanYuan),
            (Column::BalanceYuan, Unit::Yuan),
        ];
        let balance = amount_of(header, &named, Column::Balance, said)?;
        let named = [
            (Column::NewWanYuan, Unit::WanYuan),
            (Column::NewYuan, Unit::Yuan),
        ];
        let new = amount_of(header, &named, Column::New, said)?;
        Ok(Self {
            period: period_of(around)?,
            office,
            balance: Totals::new("欠税余额合计", balance.ok_or_else(balance_missing)?),
            new: new.map(|new| Totals::new("当期新发生合计", new)),
            above: None,
        })
    }

    fn row(&mut self, row: &Row<'_, Column>, page: &mut PageBuilder) {
        self.balance.add(row);
        if let Some(new) = &mut self.new {
            new.add(row);
        }
        let own = Taxpayer::of(row);
        let taxpayer = if own.goes_on(self.above.as_ref()) {
            let Some(above) = self.above.clone() else {
                page.doubt(&row.into(), "", continuation_unclear());
                return;
            };
            own.or(above)
        } else {
            own
        };
        let office = row.get(Column::Office).or(self.office.as_deref());
        match person(taxpayer.number.as_deref()) {
            Some(id) => self.person(row, &taxpayer, (&id, office), page),
            None => self.organisation(row, &taxpayer, office, page),
        }
        self.above = Some(taxpayer);
    }

    fn total(&mut self, row: &Row<'_, Column>) {
        self.balance.declared(row);
        if let Some(new) = &mut self.new {
            new.declared(row);
        }
    }

    fn unread(&mut self) {
        self.above = None;
        self.balance.unread();
        if let Some(new) = &mut self.new {
            new.unread();
        }
    }

    fn end(self, page: &mut PageBuilder) {
        self.balance.report(page);
        if let Some(new) = self.new {
            new.report(page);
        }
    }
}

impl Arrears {
    fn organisation(
        &self,
        row: &Row<'_, Column>,
        taxpayer: &Taxpayer,
        office: Option<&str>,
        page: &mut PageBuilder,
    ) {
        let mut draft = match self.period.from {
            Some(_) => tax_arrears::Draft::new(page, row),
            None => tax_arrears::Draft::as_of(page, row),
        };
        draft
            .nsrsbh(taxpayer.number.as_deref())
            .jgqc(taxpayer.name.as_deref())
            .qsszmc(row.get(Column::Tax))
            .zjjgqc(office)
            .ljqsje(self.balance.read(row));
        if let Some(new) = &self.new {
            draft.dqqsje(new.read(row));
        }
        if let Some(from) = self.period.from {
            draft.qsksrq(from);
        }
        draft
            .qsjzrq(self.period.to)
            .djzclx(taxpayer.registration.as_deref())
            .fddbrxm(taxpayer.representative.as_deref())
            .fddbrzjhm(taxpayer.document.as_deref())
            .jydd(taxpayer.place.as_deref());
        draft.finish();
    }

    /// The taxpayer's name is a trading name, where its owner stands beside it.
    fn person(
        &self,
        row: &Row<'_, Column>,
        taxpayer: &Taxpayer,
        (id, office): (&str, Option<&str>),
        page: &mut PageBuilder,
    ) {
        let (owner, name) = (&taxpayer.representative, &taxpayer.name);
        let trading_name = name.as_deref().filter(|_| owner.is_some() && owner != name);
        let mut draft = tax_arrears_person::Draft::new(page, row);
        draft
            .xm(owner.as_deref().or(name.as_deref()))
            .sfzh(id)
            .jgqc(trading_name)
            .szmc(row.get(Column::Tax))
            .qsye(self.balance.read(row))
            .zgswjg(office)
            .jzrq(self.period.to);
        draft.finish();
    }
}

fn balance_missing() -> Fault {
    Fault::new(
        "header_incomplete",
        "表头缺少列：欠税余额",
        "the header lacks columns: 欠税余额",
    )
}

fn continuation_unclear() -> Reason {
    Reason::new(
        "continuation_unclear",
        "该行没有纳税人，而上一行无法识别，不知属于哪个纳税人",
        "the row names no taxpayer, and the one above could not be read: whose is it?",
    )
}
